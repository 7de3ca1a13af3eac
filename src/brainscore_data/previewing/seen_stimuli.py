"""Looking at a stimulus set, in the cage: its table, and a sample of its stimuli."""

from __future__ import annotations

import base64
import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, cast

from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.media.thumbnails import thumbnail
from brainscore_data.previewing.seen import ColumnSeen, Picture, StimuliSeen, StimulusSeen
from brainscore_data.previewing.summaries import column_seen
from brainscore_data.stimuli.files import StimulusFiles, list_stimuli
from brainscore_data.tables.columns import inferred
from brainscore_data.tables.table import Table, read_table

#: How many stimuli are shown, and how large; and how much of the table.
SAMPLE, EDGE, ROWS = 48, 112, 1000
_CELLS = 20_000
_LONGEST_CELL = 200
_FIRST = 5
_IN_MEMORY = 1 << 26
# In these columns sentences are, where no file holds the stimulus.
_SENTENCES = ("sentence", "stimulus", "text", "word", "sentence_text", "stimuli")


def stimuli_seen(
    metadata: Path, files: Path, root: Path, inside: tuple[Path, ...], *, contents: bool
) -> StimuliSeen:
    """Look at a stimulus set, at as much of it as can be read; this is what is called in the cage."""
    with only_inside(*inside):
        table = read_table(metadata)
        id_column = next(
            (each for each in ("stimulus_id", "image_id") if each in table.columns), ""
        )
        ids = table.texts(id_column) if id_column else [str(row + 1) for row in range(len(table))]
        names = table.texts("filename") if "filename" in table.columns else []
        notices = table.notices
        listed: StimulusFiles | None = None
        try:
            listed = list_stimuli(files, metadata=metadata, root=root, listed=names)
        except BrainScoreDataError as error:
            notices += (error.message,)
        sizes = dict(listed.sizes) if listed is not None else {}
        chosen = evenly(len(table), SAMPLE)
        return StimuliSeen(
            count=len(table),
            files=len(sizes),
            bytes=sum(sizes.values()),
            columns=tuple(_column(table, name, contents=contents) for name in table.columns),
            ids=tuple(map(_short, ids[:_FIRST])) if contents else (),
            id_column=id_column,
            rows=_rows(table) if contents else (),
            sample=_sample(table, ids, names, listed, chosen) if contents else (),
            without_file=sum(name not in sizes for name in names) if listed is not None else 0,
            without_row=len(sizes.keys() - set(names)),
            notices=notices,
        )


def evenly(count: int, most: int) -> list[int]:
    """Choose at most so many of a row of things, the same ones each time, from all over it."""
    if count <= most:
        return list(range(count))
    return [each * (count - 1) // (most - 1) for each in range(most)]


def _column(table: Table, name: str, *, contents: bool) -> ColumnSeen:
    return column_seen(name, inferred(table.texts(name)), contents=contents)


def _rows(table: Table) -> tuple[tuple[str, ...], ...]:
    most = min(ROWS, max(1, _CELLS // len(table.columns)))
    return tuple(tuple(map(_short, row)) for _, row in zip(range(most), table.rows(), strict=False))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"


def _sample(
    table: Table,
    ids: Sequence[str],
    names: Sequence[str],
    files: StimulusFiles | None,
    chosen: Sequence[int],
) -> tuple[StimulusSeen, ...]:
    column = next((each for each in _SENTENCES if each in table.columns), None)
    sentences = table.texts(column) if column else []
    if files is None or not names:
        return tuple(
            StimulusSeen(_short(ids[row]), "", text=_short(sentences[row]))
            for row in chosen
            if sentences
        )
    seen = []
    with contextlib.ExitStack() as opening:
        read = opening.enter_context(files.opened())
        for row in chosen:
            name = names[row]
            if name not in files.sizes:
                seen.append(
                    StimulusSeen(_short(ids[row]), _short(name), error="there is no such file")
                )
                continue
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as content:
                try:
                    for block in read(name):
                        content.write(block)
                except BrainScoreDataError as error:
                    seen.append(StimulusSeen(_short(ids[row]), _short(name), error=error.message))
                    continue
                content.seek(0)
                seen.append(_stimulus(ids[row], name, cast("BinaryIO", content)))
    return tuple(seen)


def _stimulus(stimulus_id: str, name: str, content: BinaryIO) -> StimulusSeen:
    made = thumbnail(content, EDGE)
    picture = None
    if made.jpeg:
        written = base64.b64encode(made.jpeg).decode("ascii")
        picture = Picture("image/jpeg", written, made.width, made.height)
    return StimulusSeen(
        _short(stimulus_id),
        _short(name),
        detail=made.detail,
        picture=picture,
        wave=made.wave,
        text=made.text,
        error=made.error,
    )
