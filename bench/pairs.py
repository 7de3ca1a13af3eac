"""Two programs run in turn, so that what slows the machine slows both."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Run:
    """What one run of a program took, and what it asked of a server, where there is one."""

    seconds: float
    peak_mib: float | None = None
    requests: int | None = None
    writes: int | None = None


@dataclass(frozen=True)
class Comparison:
    """Runs of two programs, in pairs.

    Attributes
    ----------
    name : str
        What is compared.
    reference, ours : tuple of Run
        As many of each; those of one place ran one after the other.
    """

    name: str
    reference: tuple[Run, ...]
    ours: tuple[Run, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times longer the reference took, for each pair."""
        pairs = zip(self.reference, self.ours, strict=True)
        return tuple(before.seconds / now.seconds for before, now in pairs)

    def as_dict(self) -> dict[str, object]:
        """Give everything that was measured."""
        return {**asdict(self), "ratios": self.ratios, "median_ratio": median(self.ratios)}

    def __str__(self) -> str:
        text = (
            f"{self.name}: {_seconds(self.reference)} against {_seconds(self.ours)}, "
            f"median of ratios {median(self.ratios):.2f} "
            f"({min(self.ratios):.2f} to {max(self.ratios):.2f}, {len(self.ratios)} pairs)"
        )
        peaks = [
            [run.peak_mib for run in runs if run.peak_mib] for runs in (self.reference, self.ours)
        ]
        if all(peaks):
            text += f"; memory {median(peaks[0]):.0f} against {median(peaks[1]):.0f} MiB"
        for what in ("requests", "writes"):
            counts = [
                [getattr(run, what) for run in runs if getattr(run, what) is not None]
                for runs in (self.reference, self.ours)
            ]
            if all(counts):
                text += f"; {what} {median(counts[0]):.0f} against {median(counts[1]):.0f}"
        return text


def in_pairs(
    name: str, reference: Callable[[], Run], ours: Callable[[], Run], pairs: int
) -> Comparison:
    """Run two programs in turn; whichever was second begins the next pair."""
    before, now = [], []
    for number in range(pairs):
        for runs, program in [(before, reference), (now, ours)][:: -1 if number % 2 else 1]:
            runs.append(program())
    return Comparison(name, tuple(before), tuple(now))


def told(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> Run:
    """Run a program that prints its own time and memory as the last line, as JSON."""
    done = subprocess.run(
        [str(part) for part in command], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        text = f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr}"
        raise SystemExit(text)
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def _seconds(runs: Sequence[Run]) -> str:
    return f"{median(run.seconds for run in runs):.3f} s"
