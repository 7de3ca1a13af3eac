"""Images without what leads to people; the originals are kept beside, where git ignores them.

An image is raw data, too: with the position and the owner go the time and the exposure, which
somebody may need. So the original moves, byte for byte, into a folder of its own, and only the
copy without metadata takes its place.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from brainscore_data.base.files import explained, written_whole
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.people.image_blocks import image_format
from brainscore_data.check.people.image_stripping import without_people
from brainscore_data.check.people.personal_tags import IMAGES, tags_of_file
from brainscore_data.check.people.staying_home import committed_before, keep_home, staying_home
from brainscore_data.dataset.named_files import manifest_above, named_files
from brainscore_data.dataset.repository import resolved

Wanted = Callable[[str, str, Path], bool]

_LARGEST = 1 << 29
_FOLDER = "originals"
_RULES = {
    "position": ("BSD713", "image-position"),
    "owner": ("BSD714", "image-owner"),
    "serial number": ("BSD715", "image-serial-number"),
}


def why_not_stripped(path: Path) -> str | None:
    """Say why `--fix` leaves an image alone; None if it does not."""
    if path.suffix.lower() not in IMAGES:
        return "it mends no images inside of other files"
    if path.is_symlink():
        return "it leaves links alone"
    try:
        with path.open("rb") as stream:
            kind = image_format(stream.read(12))
        if kind not in {"jpeg", "png", "webp"} or path.stat().st_size > _LARGEST:
            return "it mends JPEG, PNG and WebP files up to 512 MB"
    except OSError as error:
        return f"it cannot read the file: {error.strerror}"
    original = _original_of(path)
    if original is None:
        return "the stimuli lie beside dataset.toml: put them into a folder of their own"
    return f"{original[1]} is there already" if os.path.lexists(original[1]) else None


def is_for_originals(folder: str) -> bool:
    """Say whether a folder is called as one in which originals are kept."""
    return folder == _FOLDER or folder.endswith(f".{_FOLDER}")


def strip_images(subjects: Subjects, wanted: Wanted) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    """Take metadata that lead to people out of images; yields as `pseudonymise` does."""
    found = {
        path: tags
        for path in subjects.files
        if path.suffix.lower() in IMAGES and (tags := tags_of_file(path))
    }
    home = staying_home(found)
    folders: dict[Path, None] = {}
    for path, tags in found.items():
        original = _original_of(path)
        if (
            path in home
            or why_not_stripped(path) is not None
            or original is None
            or not any(wanted(*_RULES[tag.holds], path) for tag in tags)
        ):
            continue
        data = path.read_bytes()
        stripped = without_people(data)
        if stripped is None:
            continue
        folder, place = original[0], original[1]
        with explained(place):
            place.parent.mkdir(parents=True, exist_ok=True)
        if folder not in folders:
            folders[folder] = None
            yield folder, "keeps the originals of images", (keep_home(folder),)
        _keep(path, place, data)
        with written_whole(path, mode=stat.S_IMODE(path.stat().st_mode)) as target:
            target.write_bytes(stripped)
        before = committed_before(path)
        removed = ", ".join(dict.fromkeys(tag.name for tag in tags))
        what = f"removed {removed}; the original is {place}"
        yield path, what, (before,) if before else ()


def _keep(path: Path, place: Path, data: bytes) -> None:
    """Give the original a second name; where that is not possible, make a copy of it."""
    try:
        os.link(path, place)
    except OSError:
        with written_whole(place, mode=stat.S_IMODE(path.stat().st_mode)) as target:
            target.write_bytes(data)
        shutil.copystat(path, place)


def _original_of(path: Path) -> tuple[Path, Path] | None:
    """Say where an image's original is kept, the folder for all of them first.

    That is beside the folder of stimuli, so that it is no stimulus; None if there is no such place.
    """
    manifest = manifest_above(path)
    place = resolved(path)
    for named in named_files(manifest) if manifest is not None else ():
        if named.key != "files" or not place.is_relative_to(stimuli := resolved(named.path)):
            continue
        if stimuli == resolved(named.manifest.parent):
            return None
        inside = place.relative_to(stimuli)
        if stimuli == place:
            return None
        # As the user typed the path, so far as it leads to the folder.
        typed = Path(os.path.normpath(path.parent / os.path.relpath(stimuli, place.parent)))
        folder = typed.with_name(f"{stimuli.name}.{_FOLDER}")
        return folder, folder / inside
    folder = path.parent / _FOLDER
    return folder, folder / path.name
