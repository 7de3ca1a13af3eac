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
    """What one run of a program took, what it wrote, in bytes, and what it asked of a server."""

    seconds: float
    peak_mib: float | None = None
    cpu_seconds: float | None = None
    size: int | None = None
    data_size: int | None = None
    requests: int | None = None
    writes: int | None = None
    connections: int | None = None
    idle_mib: float | None = None
    server_cpu_seconds: float | None = None


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
        return text + "".join(self._beside(*named) for named in _BESIDE)

    def _beside(self, name: str, attribute: str, scale: float, unit: str) -> str:
        """Compare the medians of another figure, where both have it."""
        found = [
            [value for run in runs if (value := getattr(run, attribute)) is not None]
            for runs in (self.reference, self.ours)
        ]
        if not all(found):
            return ""
        before, now = (median(values) / scale for values in found)
        return f"; {name} {before:.1f} against {now:.1f} {unit}".rstrip()


_BESIDE = (
    ("cpu", "cpu_seconds", 1, "s"),
    ("the server's", "server_cpu_seconds", 1, "s"),
    ("memory", "peak_mib", 1, "MiB"),
    ("of that before the work", "idle_mib", 1, "MiB"),
    ("size", "size", 1e6, "MB"),
    ("data variable", "data_size", 1e6, "MB"),
    ("requests", "requests", 1, ""),
    ("writes", "writes", 1, ""),
    ("connections", "connections", 1, ""),
)


def in_pairs(
    name: str, reference: Callable[[], Run], ours: Callable[[], Run], pairs: int
) -> Comparison:
    """Run two programs in turn; whichever was second begins the next pair."""
    runs = in_turn({"reference": reference, "ours": ours}, pairs)
    return Comparison(name, runs["reference"], runs["ours"])


def in_turn(programs: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, tuple[Run, ...]]:
    """Run programs in turn; every other round in the reverse order."""
    runs: dict[str, tuple[Run, ...]] = dict.fromkeys(programs, ())
    for number in range(rounds):
        for name in [*programs][:: -1 if number % 2 else 1]:
            runs[name] += (programs[name](),)
    return runs


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
