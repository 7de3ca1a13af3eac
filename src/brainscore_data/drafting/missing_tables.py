"""Tables that an array lacks, drafted: as many rows as it needs, filled in as far as somebody said."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from brainscore_data.assemblies.bins import bin_edges
from brainscore_data.base.errors import UsageError
from brainscore_data.drafting.questions import Answers, ContributorQuestion, parsed_bins

# Areas that file names say, as in responses_IT.mat: those that Brain-Score's benchmarks are of.
_REGION = re.compile(r"(?<![A-Za-z0-9])(V1|V2|V3|V4|MT|MST|LIP|IT|pIT|cIT|aIT|PFC|FFA|PPA|LOC|EBA)"
                     r"(?![A-Za-z0-9])", re.IGNORECASE)  # fmt: skip


def table_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write a csv."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()


def presentations(
    name: str, size: int, ids: Sequence[str], listed_in: str, answers: Answers
) -> tuple[str, tuple[ContributorQuestion, ...], str | None]:
    """Draft what was shown when; gives the table, what to ask, and what is left to do."""
    columns = ("stimulus_id", "repetition")
    times, over = divmod(size, len(ids)) if ids else (0, 1)
    fill_in = (
        f"{name}: fill in stimulus_id and repetition of its {size} rows, in the order of the array"
    )
    if over:
        return table_text(columns, [("", "")] * size), (), fill_in
    if answers.order == "rounds":
        return table_text(columns, [(i, n) for n in range(times) for i in ids]), (), None
    if answers.order == "blocks":
        return table_text(columns, [(i, n) for i in ids for n in range(times)]), (), None
    question = ContributorQuestion(
        "order",
        f"In which order are the {size} presentations in the array?",
        "rounds",
        {
            "rounds": f"all {len(ids)} stimuli as in {listed_in}"
            + (f", {times} times over" if times > 1 else ""),
            "blocks": f"each stimulus {times} times, then the next one of {listed_in}",
        },
        fill_in,
    )
    return table_text(columns, [("", "")] * size), (question,), None


def neuroids(
    ids: Sequence[str], named_after: str, answers: Answers
) -> tuple[str, tuple[ContributorQuestion, ...]]:
    """Draft where was recorded, and ask for the region."""
    guessed = _REGION.search(named_after)
    questions: tuple[ContributorQuestion, ...] = ()
    region = answers.region
    if region is None:
        region = guessed[1] if guessed else None
        questions = (
            ContributorQuestion("region", f"Of which region are the {len(ids)} neuroids?", region),
        )
    if region is None:
        return table_text(("neuroid_id",), [(each,) for each in ids]), questions
    return table_text(("neuroid_id", "region"), [(each, region) for each in ids]), questions


def time_bins(
    name: str, size: int, array: str, answers: Answers
) -> tuple[str, tuple[ContributorQuestion, ...]]:
    """Draft which time each element is of."""
    columns = ("time_bin_start", "time_bin_end")
    told = parsed_bins(answers.bins)
    if told is None:
        question = ContributorQuestion(
            "bins",
            f"Of which time are the {size} bins of {array}? start:stop:width, in ms from the onset",
            None,
            todo=f"{name}: fill in time_bin_start and time_bin_end (in ms) of its {size} rows",
        )
        return table_text(columns, [("", "")] * size), (question,)
    edges = [f"{edge:g}" for edge in bin_edges(told).tolist()]
    if len(edges) != size + 1:
        raise UsageError(
            f"{answers.bins} makes {len(edges) - 1} bins, and {array} has {size}",
            where="--bins",
            hint="write start:stop:width so that (stop - start) / width is their number",
        )
    return table_text(columns, pairwise(edges)), ()
