"""Findings that were there before: known, counted, not shown, and told of when they are gone.

An entry does not hold a line, so that a baseline outlives edits elsewhere in a file.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import written_whole
from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Finding
from brainscore_data.check.engine.outcome import Ignored, Outcome
from brainscore_data.check.engine.own_rules import NOT_CHECKED, StaleBaseline

SCHEMA_VERSION = 1
_MAKE_ONE = "write it again: brainscore-data check --baseline FILE --write-baseline"


class KnownFinding(NamedTuple):
    """What makes two findings the same; the file is from the baseline's folder, with ``/``."""

    file: str
    code: str
    message: str


@dataclass(frozen=True)
class Baseline:
    """Findings that are grandfathered, and how often each is: of two where one is known, one is shown."""

    file: Path
    counts: Counter[KnownFinding]
    says: str = ""  # is said behind its name where people read whose word it is

    def known(self, finding: Finding) -> KnownFinding:
        """Give what identifies a finding in this baseline."""
        return KnownFinding(_from(self.file, finding.place.file), finding.code, finding.message)


def read_baseline(file: Path) -> Baseline:
    """Read a baseline."""
    try:
        content = content_of(file)
    except OSError as error:
        raise UsageError(
            f"the baseline cannot be read: {error.strerror}",
            where=str(file),
            hint=_MAKE_ONE,
        ) from error
    return parse_baseline(file, content)


def parse_baseline(file: Path, content: bytes, *, says: str = "") -> Baseline:
    """Read a baseline's content, wherever that comes from."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the baseline is not JSON: {error}", where=str(file)) from error
    try:
        return Baseline(file, _counts(document), says)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(
            f"this is not a baseline of schema {SCHEMA_VERSION}",
            where=str(file),
            hint=_MAKE_ONE,
        ) from error


def grandfather(outcome: Outcome, baseline: Baseline, paths: Sequence[Path]) -> Outcome:
    """Take known findings out of an outcome of `paths`, and report entries that nothing matches now.

    Entries about other paths, and about rules that did not run, are left alone.
    """
    left = baseline.counts.copy()
    shown = []
    for finding in outcome.findings:
        known = baseline.known(finding)
        if finding.code not in NOT_CHECKED and left[known] > 0:
            left[known] -= 1
        else:
            shown.append(finding)
    hidden = len(outcome.findings) - len(shown)
    stale = [
        _stale(baseline.file, known, count)
        for known, count in sorted((+left).items())
        if _looked_at(known, baseline.file, outcome, paths)
    ]
    return replace(
        outcome,
        findings=(*shown, *stale),
        grandfathered=outcome.grandfathered + hidden,
        ignored_by=(*outcome.ignored_by, *([_said(baseline, hidden)] if hidden else [])),
    )


def write_baseline(outcome: Outcome, file: Path, paths: Sequence[Path]) -> int:
    """Make all findings known; give how many there are in it now.

    What an older baseline in the same place says of other paths and other rules is kept.
    """
    baseline = read_baseline(file) if file.exists() else Baseline(file, Counter())
    counts = Counter(
        {
            known: count
            for known, count in baseline.counts.items()
            if not _looked_at(known, file, outcome, paths)
        }
    )
    # A run also finds what is wrong around the paths, where entries were kept: those count once.
    counts |= Counter(
        baseline.known(each) for each in outcome.findings if each.code not in NOT_CHECKED
    )
    with written_whole(file) as target:
        target.write_text(_text(counts), encoding="utf-8")
    return counts.total()


def _counts(document: Any) -> Counter[KnownFinding]:
    if document["schema"] != SCHEMA_VERSION:
        raise ValueError
    counts: Counter[KnownFinding] = Counter()
    for entry in document["findings"]:
        known = KnownFinding(entry["file"], entry["code"], entry["message"])
        if not all(isinstance(each, str) for each in known):
            raise TypeError
        counts[known] += int(entry["count"])
    return counts


def _text(counts: Counter[KnownFinding]) -> str:
    entries = [{**known._asdict(), "count": count} for known, count in sorted(counts.items())]
    return json.dumps({"schema": SCHEMA_VERSION, "findings": entries}, indent=2) + "\n"


def _looked_at(known: KnownFinding, file: Path, outcome: Outcome, paths: Iterable[Path]) -> bool:
    """Say whether the run would have found an entry again if it were still true."""
    if outcome.incomplete or known.code not in outcome.selected:
        return False
    if any(
        (known.code, known.file) == (each.code, _from(file, each.subject))
        for each in outcome.skipped
    ):
        return False
    here = Path(known.file)
    return any(here.is_relative_to(_from(file, os.fspath(path))) for path in paths)


def _from(file: Path, path: str) -> str:
    # Not `resolve`: a link that is checked is a file of its own.
    return Path(os.path.relpath(path, file.parent)).as_posix()


def _said(baseline: Baseline, hidden: int) -> Ignored:
    return Ignored(
        f"{hidden} known finding{'' if hidden == 1 else 's'}",
        f"{baseline.file.name}{baseline.says}",
    )


def _stale(file: Path, known: KnownFinding, count: int) -> Finding:
    times = f" ({count} times)" if count > 1 else ""
    return StaleBaseline.finding(
        Place(str(file)),
        f"{known.file} has {known.code} no more{times}: {known.message}",
        _MAKE_ONE,
    )
