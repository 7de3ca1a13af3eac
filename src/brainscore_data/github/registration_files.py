"""The files of a registration pull request: receipts beside their datasets, and plugins' sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from brainscore_data.base.errors import UsageError
from brainscore_data.plugins.deciding import Change, IsEarlier
from brainscore_data.plugins.homes import plugin_folder
from brainscore_data.plugins.registering import Registering, plan_registering
from brainscore_data.records.receipts import (
    FILE_NAME,
    Receipts,
    load_receipts,
    merge_receipts,
    save_receipts,
)


@dataclass(frozen=True)
class RegistrationFiles:
    """What is to stand in a repository."""

    texts: Mapping[str, str]
    refused: tuple[Change, ...]


def registration_files(
    root: Path, receipts: Mapping[str, Receipts], *, is_earlier: IsEarlier
) -> RegistrationFiles:
    """Write receipts and registrations into a checkout, and say which files those are.

    Two datasets may register in one plugin, so each is written before the next is planned.
    """
    root = root.resolve()
    written: set[Path] = set()
    refused: list[Change] = []
    for folder, new in receipts.items():
        path = receipts_home(root, folder) / FILE_NAME
        save_receipts(joined(path, new), path)
        written.add(path)
        if new.plugin is None:
            continue  # a data repository has no plugins: its receipts are what is registered
        planned = plan_registering(
            joined(path, new), plugin_folder(new, path.parent, None), is_earlier=is_earlier
        )
        _require_inside(root, planned)
        planned.write()
        written |= {text.path for text in planned.texts if text.changes}
        refused += planned.refused
    names = {path.resolve().relative_to(root).as_posix(): path for path in written}
    texts = {name: path.read_bytes().decode() for name, path in sorted(names.items())}
    return RegistrationFiles(texts, tuple(refused))


def joined(path: Path, new: Receipts) -> Receipts:
    """Join receipts with those that are in a file already, if there is one."""
    return merge_receipts(load_receipts(path), new) if path.is_file() else new


def receipts_home(root: Path, folder: str) -> Path:
    """Find the dataset that receipts belong to; or the folder that the script is for."""
    home = (root / folder).resolve()
    is_script = home.suffix == ".py" and home.is_file()
    is_home = is_script or (home / "dataset.toml").is_file()
    if not home.is_relative_to(root.resolve()) or not is_home:
        raise UsageError(
            f"there are receipts for {folder!r}, and there is no dataset here",
            where=str(root / folder),
            hint="check out the branch that has it, and run this at its root",
        )
    if is_script:  # of a plugin, or in the folder that Brain-Score's plugins have for these
        home = home.parents[home.parent.name == "data_packaging"]
    target = home / FILE_NAME
    if target.is_symlink():
        raise UsageError("this is a link, and receipts are a file", where=str(target))
    return home


def _require_inside(root: Path, planned: Registering) -> None:
    for text in planned.texts:
        if not text.path.resolve().is_relative_to(root):
            raise UsageError(
                "this plugin is outside of the repository",
                where=str(text.path),
                hint="name a folder of this repository in dataset.toml: plugin",
            )
