"""From the uploads of a script to the items of a bundle."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from brainscore_data.base.door import only_inside, opened
from brainscore_data.base.errors import DataError
from brainscore_data.base.files import fingerprint
from brainscore_data.base.text import one_line
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.records.bundle import (
    BundledFile,
    BundledItem,
    BundledStimulusSet,
    is_plain_file,
)
from brainscore_data.records.script_uploads import load_entries

_STIMULI = "stimulus_"


@dataclass
class Collected:
    """What a script uploaded."""

    #: In the order of the uploads.
    items: list[BundledItem] = field(default_factory=list)
    #: Library → the version that the script says wrote the files.
    writers: dict[str, str] = field(default_factory=dict)
    #: What is not as the script asked for.
    notices: list[str] = field(default_factory=list)


def collect(record: Path, folder: Path) -> Collected:
    """Move the files that a script uploaded into the folder of a bundle, and describe them.

    Hashes and sizes are of the bytes that are in `folder` then.
    """
    if any(folder.iterdir()):
        raise DataError(
            "the script wrote into the bundle itself",
            hint="what it uploads with functions of brainio's packaging module gets there",
        )
    collected = Collected()
    with only_inside(record, folder):
        single = _taken(record, folder, collected)
    collected.items.extend(_paired(single))
    if not collected.items:
        raise DataError(
            "the script ended without an upload",
            hint="what it uploads with functions of brainio's packaging module becomes the "
            "bundle; does it do so when it is run as `python SCRIPT`?",
        )
    return collected


def _taken(record: Path, folder: Path, collected: Collected) -> dict[str, BundledFile]:
    """Collect what the record has; give the files that were uploaded one by one."""
    known: dict[str, BundledFile] = {}
    single: dict[str, BundledFile] = {}
    for entry, uploaded in load_entries(record):
        if not isinstance(entry.content, BundledFile):
            _require_names(entry.content)
        if all(_is_known(file, known) for file in entry.files):
            continue
        for file in entry.files:
            _take(uploaded / file.name, folder / file.name, file)
            known[file.name] = file
        collected.writers.update(entry.writers)
        if isinstance(entry.content, BundledFile):
            single[entry.content.name] = entry.content
            name = entry.content.name
        else:
            collected.items.append(entry.content)
            name = entry.content.identifier
        asked = one_line(f"{name}: the script asked for {entry.asked_for}")
        if asked not in collected.notices:
            collected.notices.append(asked)
    return single


def _is_known(file: BundledFile, known: dict[str, BundledFile]) -> bool:
    before = known.get(file.name)
    if before is not None and before.sha256 != file.sha256:
        raise DataError(
            "the script uploaded this twice, with different content",
            where=file.name,
            hint="give one of the two another identifier",
        )
    return before is not None


def _require_names(item: BundledItem) -> None:
    """Make sure that an item is named as readers, logs and receipts can bear it."""
    stimulus_set = item.stimulus_set if item.kind == "assembly" else None
    good = is_key_safe(item.identifier) and (stimulus_set is None or is_key_safe(stimulus_set))
    if not good or tuple(file.name for file in item.files) != item.expected_names:
        raise DataError(
            f"{one_line(item.identifier)!r} or its stimulus set cannot be an identifier, or the "
            "files have other names",
            hint="identifiers have letters, digits, dots, hyphens and underscores only",
        )


def _take(source: Path, target: Path, file: BundledFile) -> None:
    if not is_plain_file(source):
        raise DataError("the script uploaded this, but the file is not there", where=file.name)
    source.rename(target)
    with opened(target) as stream:
        found = fingerprint(stream)
    if found != file.fingerprint:
        raise DataError(
            "the file is not the one that the script uploaded",
            where=file.name,
            hint="nothing but the drop-in may write to its record",
        )


def _paired(single: dict[str, BundledFile]) -> list[BundledStimulusSet]:
    """Put csv and zip of stimulus sets together that were uploaded one by one."""
    stems = dict.fromkeys(PurePosixPath(name).stem for name in single)
    return [
        BundledStimulusSet(
            # Nothing in the two says more: the key has _ for the dots of the identifier.
            identifier=stem.removeprefix(_STIMULI),
            visibility=None,
            csv=_half(single, stem, "csv"),
            zip=_half(single, stem, "zip"),
        )
        for stem in stems
    ]


def _half(single: dict[str, BundledFile], stem: str, kind: str) -> BundledFile:
    if (found := single.get(f"{stem}.{kind}")) is None:
        raise DataError(
            f"the script uploaded only a half of this stimulus set: there is no {stem}.{kind}",
            where=stem,
            hint="upload both, or use package_stimulus_set",
        )
    return found
