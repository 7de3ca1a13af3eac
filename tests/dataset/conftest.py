from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from brainscore_data.dataset.reading import load_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brainscore_data.dataset.reading import Dataset

HEAD = """\
schema = 1
[dataset]
license = "CC0-1.0"
"""


@pytest.fixture
def dataset_of(tmp_path: Path) -> Callable[..., Dataset]:
    """Load a dataset whose manifest has these tables after a valid head."""

    def load(tables: str, head: str = HEAD) -> Dataset:
        (tmp_path / "dataset.toml").write_text(head + textwrap.dedent(tables), encoding="utf-8")
        return load_dataset(tmp_path)

    return load
