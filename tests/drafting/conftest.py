from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from drafted import write_stimuli, write_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, called as a dataset should be."""
    path = tmp_path / "Author2026"
    path.mkdir()
    return path


@pytest.fixture
def stimuli(folder: Path) -> Path:
    """A folder with three stimuli and their table."""
    write_stimuli(folder / "stimuli", "n0.png", "n1.png", "n2.png")
    rows = [{"stimulus_id": f"n{i}", "filename": f"n{i}.png", "thing": i} for i in range(3)]
    write_table(folder / "stimuli.csv", rows)
    return folder
