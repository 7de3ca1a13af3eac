"""Assemblies as labs have them, made from a seed and kept as plain arrays for both programs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

    Coordinates = dict[str, tuple[str, np.ndarray]]


@dataclass(frozen=True)
class Case:
    """What is written, and how many times smaller a quick run has it."""

    title: str
    make: Callable[[np.random.Generator, int], tuple[np.ndarray, tuple[str, ...], Coordinates]]
    assembly_class: str = "NeuroidAssembly"
    copies: int = 1


def save(case: Case, folder: Path, scale: int) -> None:
    """Write the arrays of a case into a folder."""
    import numpy as np

    values, dims, coordinates = case.make(np.random.default_rng(20151), scale)
    folder.mkdir(parents=True)
    np.save(folder / "data.npy", values)
    described: dict[str, Any] = {"dims": dims, "class": case.assembly_class, "coords": {}}
    described["copies"] = max(1, case.copies // scale)
    for name, (dim, array) in coordinates.items():
        np.save(folder / f"{name}.npy", array)
        described["coords"][name] = dim
    (folder / "case.json").write_text(json.dumps(described))


def _labels(prefix: str, numbers: np.ndarray) -> np.ndarray:
    import numpy as np

    distinct, codes = np.unique(numbers, return_inverse=True)
    return np.array([f"{prefix}{number}" for number in distinct.tolist()])[codes]


def _coordinates(dim: str, size: int) -> Coordinates:
    """Ten coordinates: five of text, one of them an id, and five of numbers."""
    import numpy as np

    each = np.arange(size)
    found: Coordinates = {f"{dim}_id": (dim, _labels(f"{dim}_", each))}
    for number, kinds in enumerate((2, 8, 40, 200)):
        found[f"{dim}_text{number}"] = (dim, _labels(f"kind{number} no. ", each % kinds))
    for number, kinds in enumerate((3, 50, 1000)):
        found[f"{dim}_number{number}"] = (dim, each % kinds)
    for number in range(2):
        found[f"{dim}_position{number}"] = (dim, np.sin(each + number))
    return found


def _major(
    values: np.ndarray,
) -> tuple[np.ndarray, tuple[str, ...], Coordinates]:
    import numpy as np

    presentations, neuroids = values.shape
    coordinates = _coordinates("presentation", presentations) | _coordinates("neuroid", neuroids)
    coordinates["stimulus_id"] = coordinates.pop("presentation_id")
    coordinates["time_bin_start"] = ("time_bin", np.array([70]))
    coordinates["time_bin_end"] = ("time_bin", np.array([170]))
    return values[:, :, None], ("presentation", "neuroid", "time_bin"), coordinates


def _counts(random: np.random.Generator, scale: int) -> Any:
    """Draw Poisson counts around each neuroid's response to each of 3,200 images; z-score them."""
    presentations, neuroids, images = 148_480 // scale, 256, 3200
    means = random.gamma(2, 2, neuroids) * random.gamma(2, 0.5, (images, neuroids))
    counts = random.poisson(means[random.integers(0, images, presentations)]).astype("float32")
    return _major(((counts - counts.mean(0)) / counts.std(0)).astype("float32"))


def _noise(random: np.random.Generator, scale: int) -> Any:
    return _major(random.standard_normal((148_480 // scale, 256), dtype="float32"))


def _trials(random: np.random.Generator, scale: int) -> Any:
    """Draw a million trials of an online experiment, with eight texts and four numbers each."""
    size = 1_000_000 // scale
    coordinates: Coordinates = {
        "stimulus_id": ("presentation", _labels("image_", random.integers(0, 2400, size)))
    }
    kinds = {
        "participant": 1500,
        "choice": 24,
        "truth": 24,
        "distractor": 24,
        "background": 2400,
        "session": 6000,
        "browser": 5,
    }
    for name, number in kinds.items():
        coordinates[name] = ("presentation", _labels(f"{name} ", random.integers(0, number, size)))
    for name, number in {"trial": 400, "repetition": 10, "rt": 4000, "age": 60}.items():
        coordinates[name] = ("presentation", random.integers(0, number, size))
    correct = random.random(size) < 0.8
    return correct.astype("float64"), ("presentation",), coordinates


def _spikes(random: np.random.Generator, scale: int) -> Any:
    """Draw 20 million spike times, each with its neuroid and presentation."""
    import numpy as np

    size = 20_000_000 // scale
    times = np.sort(random.uniform(0, 3600, size)).round(6)
    return (
        times,
        ("event",),
        {
            "neuroid": ("event", random.integers(0, 300, size)),
            "presentation": ("event", np.sort(random.integers(0, 50_000, size))),
            "unit": ("event", random.integers(0, 4, size)),
        },
    )


def _voxels(random: np.random.Generator, scale: int) -> Any:
    """Draw 10,000 presentations of 40,000 voxels, smooth across neighbouring voxels."""
    import numpy as np

    presentations, voxels = 10_000 // scale, 40_000
    values = random.standard_normal((presentations, voxels), dtype="float32")
    np.cumsum(values[:, ::1], axis=1, out=values)
    values *= np.float32(0.05)
    coordinates = _coordinates("presentation", presentations) | _coordinates("neuroid", voxels)
    coordinates["stimulus_id"] = coordinates.pop("presentation_id")
    return values, ("presentation", "neuroid"), coordinates


def _small(random: np.random.Generator, scale: int) -> Any:  # noqa: ARG001 - as all others
    return _major(random.standard_normal((400, 64), dtype="float32"))


CASES = {
    "a": Case("148,480 x 256 z-scored counts", _counts),
    "ag": Case("148,480 x 256 Gaussian noise", _noise),
    "b": Case("1,000,000 trials, 12 coordinates", _trials, "BehavioralAssembly"),
    "c": Case("20 million spike times", _spikes, "SpikeTimesAssembly"),
    "d": Case("10,000 x 40,000 voxels", _voxels),
    "e": Case("200 assemblies of 100 KB", _small, copies=200),
}
