"""The receipts of a folder while something is added to them: for programs, and for people beside it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import explained, written_whole
from brainscore_data.plugins.receipt_markdown import render_markdown
from brainscore_data.records.bundle import ShardRecord
from brainscore_data.records.receipts import Receipts, load_receipts, merge_receipts, save_receipts
from brainscore_data.records.shard_receipts import receipts_name

MARKDOWN_NAME = "receipt.md"


class KeptReceipts:
    """A ``receipts.json`` and its ``receipt.md``; neither is written where nothing changes."""

    def __init__(
        self, folder: Path, given: Path | None = None, shard: ShardRecord | None = None
    ) -> None:
        path = folder if given is None else given
        self.path = path / receipts_name(shard) if path.is_dir() else path
        self._shown = MARKDOWN_NAME if shard is None else f"receipt.{shard.file_name}.md"
        self.found = load_receipts(self.path) if self.path.is_file() else None
        self._now = self.found
        _require_writable(self.path.parent)

    def keep(self, new: Receipts) -> None:
        """Put the receipts of a run beside those that are there."""
        merged = merge_receipts(self._now or new, new)
        if merged != self._now or not self.path.is_file():
            save_receipts(merged, self.path)
        self._now = merged

    @contextlib.contextmanager
    def shown_in_the_end(self) -> Iterator[None]:
        """Show them to people, whatever came in between: what is published is published."""
        try:
            yield
        finally:
            if self._now is not None:
                self._show(self._now)

    def _show(self, receipts: Receipts) -> None:
        text = render_markdown(receipts, folder=self.path.parent.absolute().as_posix())
        path = self.path.with_name(self._shown)
        if not path.is_file() or content_of(path) != text.encode():
            with written_whole(path) as target:
                target.write_text(text, encoding="utf-8")


def _require_writable(folder: Path) -> None:
    # Before anything is published: a receipt that cannot be kept helps nobody.
    if not folder.is_dir():
        raise UsageError(
            "there is no such folder", where=str(folder), hint="check the path for a typing error"
        )
    try:
        with explained(folder), tempfile.TemporaryFile(dir=folder):
            pass
    except UsageError as error:
        raise UsageError(
            f"receipts cannot be written here: {error.message}",
            where=str(folder),
            hint="choose another place with --receipts",
        ) from error
