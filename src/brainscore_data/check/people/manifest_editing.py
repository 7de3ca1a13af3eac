"""Changes to a manifest that leave every other byte as it is.

They are made in its text and proved with its parser, so that a hook needs no library for it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import written_whole
from brainscore_data.dataset.identifiers import KINDS


class EditedManifest:
    """A manifest to change; nothing is written until all of it is known to be right."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.is_symlink():
            raise UsageError("is a link, and is not changed", where=str(path))
        try:
            self._before = self._text = content_of(path).decode()
            self.document: dict[str, Any] = tomllib.loads(self._text.removeprefix("\ufeff"))
        except (ValueError, RecursionError) as error:
            raise DataError("is not TOML that can be changed", where=str(path)) from error

    @property
    def linking_table(self) -> str | None:
        """The fingerprint of the linking table that its pseudonyms come from."""
        described = self.document.get("dataset")
        found = described.get("linking_table") if isinstance(described, dict) else None
        return found if isinstance(found, str) else None

    def rename(self, files: Mapping[str, str]) -> None:
        """Name other files in the place of those that the items name."""
        wanted = dict(self.document)
        for kind in KINDS:
            if isinstance(items := wanted.get(kind), list):
                wanted[kind] = [_renamed(item, files) for item in items]
        text = self._text
        for old, new in files.items():
            both = "|".join(re.escape(quote + old + quote) for quote in "\"'")
            escaped = json.dumps(new, ensure_ascii=False).replace("\\", "\\\\")
            text = re.sub(rf"([=\[,]\s*)(?:{both})", rf"\g<1>{escaped}", text)
        self._accept(text, wanted, f"put {', '.join(files.values())} into it by hand")

    def record(self, fingerprint: str) -> None:
        """Say which linking table the pseudonyms come from."""
        if self.linking_table == fingerprint:
            return
        line = f'linking_table = "{fingerprint}"'
        wanted = {
            **self.document,
            "dataset": {**self.document.get("dataset", {}), "linking_table": fingerprint},
        }
        text = re.sub(
            r"^([ \t]*\[[ \t]*dataset[ \t]*\][^\r\n]*)(\r?\n|\Z)",
            lambda found: f"{found[1]}{found[2] or chr(10)}{line}{found[2]}",
            self._text,
            count=1,
            flags=re.MULTILINE,
        )
        self._accept(text, wanted, f"put {line} into its [dataset] by hand")

    def write(self) -> None:
        """Write it, if it changed."""
        if self._text != self._before:
            with written_whole(self.path) as path:
                path.write_bytes(self._text.encode())

    def _accept(self, text: str, wanted: dict[str, Any], by_hand: str) -> None:
        try:
            right = tomllib.loads(text.removeprefix("\ufeff")) == wanted
        except ValueError:
            right = False
        if not right:
            raise UsageError(
                "is written in a way that `--fix` cannot change", where=str(self.path), hint=by_hand
            )
        self._text, self.document = text, wanted


def _renamed(item: Any, files: Mapping[str, str]) -> Any:
    if not isinstance(item, dict):
        return item

    def named(name: Any) -> Any:
        if isinstance(name, list):
            return [named(each) for each in name]
        return files.get(name, name) if isinstance(name, str) else name

    changed = {key: named(item[key]) for key in ("metadata", "table", "spikes") if key in item}
    if isinstance(coords := item.get("coords"), dict):
        changed["coords"] = {dim: named(name) for dim, name in coords.items()}
    return {**item, **changed}
