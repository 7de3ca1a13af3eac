from __future__ import annotations

import contextlib
import os
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from brainscore_data.dataset.reading import Dataset, load_dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """Give a folder that all may enter, and stop being root, who may read everything."""
    if os.name == "nt":
        pytest.skip("permissions are not modes there")
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        Path(folder).chmod(0o777)
        if user == 0:
            os.seteuid(65534)
            stack.callback(os.seteuid, user)
        yield Path(folder)
