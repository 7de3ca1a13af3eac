"""Small repositories for the examples of the rules."""

from __future__ import annotations

from collections.abc import Mapping

from brainscore_data.check.engine.rule import Example, Made

_TRIALS = "stimulus_id,participant,choice\nface_1,1,left\nface_2,1,right\n"
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"
    "size 132735\n"
)


def manifest(*, visibility: str = "public", more: str = "") -> str:
    """Write a manifest of one assembly, with a table beside it."""
    return (
        'schema = 1\n\n[dataset]\nlicense = "CC-BY-4.0"\n\n'
        f'[[assembly]]\nidentifier = "Doe2024.choices"\nvisibility = "{visibility}"\n'
        'class = "BehavioralAssembly"\ntable = "trials.csv"\nvalue = "choice"\n'
        f'columns = ["stimulus_id", "participant"]\n{more}'
    )


def dataset(
    files: Mapping[str, str | Made] | None = None,
    *,
    folder: str = "",
    toml: str | None = None,
    settings: str = "",
) -> Example:
    """Make an example of a dataset with a table, and more files."""
    around = {"pyproject.toml": f"[tool.brainscore-data]\n{settings}"} if settings else {}
    own: dict[str, str | Made] = {
        "dataset.toml": toml or manifest(),
        "trials.csv": _TRIALS,
        **(files or {}),
    }
    return Example({**around, **{f"{folder}{name}": content for name, content in own.items()}})


def source(name: str = "trials.csv", address: str = "https://osf.io/download/abcd/") -> str:
    """Write the ``[sources]`` of a manifest."""
    return f'\n[sources]\n"{name}" = {{ url = "{address}", sha256 = "{"0" * 64}" }}\n'
