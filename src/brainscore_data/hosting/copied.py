"""What there is to say of an item that is to be copied: by receipts, by registrations, or by its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from brainscore_data.auditing.pins import Pin
from brainscore_data.base.errors import DataError
from brainscore_data.base.files import Fingerprint
from brainscore_data.dataset.assembly_classes import ASSEMBLY_CLASSES
from brainscore_data.dataset.identifiers import ASSEMBLY_PREFIX
from brainscore_data.hosting.items import HostedFile, HostedItem
from brainscore_data.plugins.loader_calls import Argument
from brainscore_data.plugins.parse import read_plugin
from brainscore_data.records.bundle import (
    BundledAssembly,
    BundledFile,
    BundledItem,
    BundledStimulusSet,
)
from brainscore_data.records.receipts import ItemReceipt, load_receipts
from brainscore_data.store.hashes import bytes_of
from brainscore_data.store.interface import Store


@dataclass(frozen=True)
class CopiedItem:
    """An item that is to be copied: what it is at its old place, and what it will be at the new one."""

    hosted: HostedItem
    bundled: BundledItem
    #: What its receipt says of it, where there is one.
    receipt: ItemReceipt | None

    @property
    def files(self) -> Iterator[tuple[HostedFile, BundledFile]]:
        """Each file at its old place, and as it will be."""
        old = {file.stored.key: file for file in self.hosted.files}
        for file in self.bundled.files:
            yield old[file.name], file

    @property
    def size(self) -> int:
        """Of all its files."""
        return sum(file.size for file in self.bundled.files)


def described(
    source: Store, root: Path, pins: Sequence[Pin], hosted: HostedItem, *, progress: Any
) -> CopiedItem:
    """Say of an item all that a publication has to know."""
    receipt = _receipt_of(hosted)
    if any(file.taken_back is not None for file in hosted.files):
        raise DataError(
            f"{hosted.identifier} was taken back, and is not copied",
            where=source.location.url,
            hint="leave it out",
        )
    sha1s = {(pin.identifier, pin.key): pin.sha1 for pin in pins}
    by_key = (
        {}
        if receipt is None
        else {
            file.object.key.removeprefix(source.location.prefix): file.object
            for file in receipt.files
        }
    )
    files: dict[str, BundledFile] = {}
    for file in hosted.files:
        key = file.stored.key
        claimed = by_key.get(key)
        expected = claimed.sha1 if claimed else sha1s.get((hosted.identifier, key))
        found = _fingerprint(source, file, claimed, expected, progress)
        if expected is not None and found.sha1 != expected:
            raise DataError(
                f"{file.name} has other bytes than {hosted.said_by} says: sha1 {found.sha1}, not "
                f"{expected}",
                where=source.location.url,
                hint="nothing was copied; `brainscore-data audit` compares all registrations",
            )
        digest = claimed.digest if claimed else _digest(file, found)
        files[key.rpartition(".")[2]] = BundledFile(
            name=key, sha1=found.sha1, sha256=found.sha256, size=found.size, digest=digest
        )
    today = datetime.now(UTC).date()
    known: Mapping[str, Any] = {
        "identifier": hosted.identifier,
        "visibility": _visibility(hosted, receipt),
        "embargo": hosted.embargo if hosted.embargo and hosted.embargo > today else None,
        "license": hosted.license or _said(hosted, "license"),
    }
    if hosted.kind == "stimulus_set":
        return CopiedItem(hosted, BundledStimulusSet.model_validate({**known, **files}), receipt)
    about = _about_assembly(hosted, receipt, root)
    return CopiedItem(hosted, BundledAssembly.model_validate({**known, **about, **files}), receipt)


def _fingerprint(
    source: Store, file: HostedFile, claimed: Any, expected: str | None, progress: Any
) -> Fingerprint:
    """Take the hashes from a receipt if the store itself vouches for the bytes; else read them."""
    stored = file.stored
    if claimed is not None and stored.sha256 == claimed.sha256:
        return Fingerprint(claimed.sha1, claimed.sha256, claimed.size)
    return bytes_of(source, stored, progress, expected=expected)


def _digest(file: HostedFile, found: Fingerprint) -> str | None:
    """Take the digest that the writer gave to these bytes; None of what nobody has looked into."""
    metadata = file.stored.metadata
    if metadata.get("sha256") == found.sha256 and metadata.get("digest", "").startswith("cd1:"):
        return metadata["digest"]
    return None


def _receipt_of(hosted: HostedItem) -> ItemReceipt | None:
    if hosted.receipts is None:
        return None
    for item in load_receipts(hosted.receipts).items:
        versions = {file.object.version_id for file in item.files}
        here = {file.stored.version_id for file in hosted.files}
        if (item.kind, item.identifier) == (hosted.kind, hosted.identifier) and versions == here:
            return item
    return None


def _visibility(hosted: HostedItem, receipt: ItemReceipt | None) -> str:
    """Say who can read an item: as it was said, or else as it was tried; public is never assumed."""
    if receipt is not None and receipt.visibility is not None:
        return receipt.visibility
    shown = [file.shown for file in hosted.files]
    if all(each.tag == "public" or (each.tag is None and each.readable) for each in shown):
        return "public"
    return "private"


def _said(hosted: HostedItem, name: str) -> str | None:
    said = {file.stored.metadata.get(name) for file in hosted.files} - {None, ""}
    return said.pop() if len(said) == 1 else None


def _about_assembly(
    hosted: HostedItem, receipt: ItemReceipt | None, root: Path
) -> Mapping[str, Any]:
    """Say its class and its stimulus set: as its receipt says, or else its registration."""
    if receipt is not None and receipt.kind == "assembly":
        return {
            "prefix": receipt.prefix,
            "assembly_class": receipt.assembly_class,
            "stimulus_set": receipt.stimulus_set,
            "merges_stimulus_set": receipt.merges_stimulus_set,
        }
    prefix = hosted.files[0].stored.key.removesuffix(f"{hosted.identifier.replace('.', '_')}.nc")
    written = _registered(hosted, root)
    class_, loader = written.get("cls"), written.get("stimulus_set_loader")
    named = class_ is not None and class_.name in ASSEMBLY_CLASSES
    stimulus_set = None if loader is None else loader.key
    return {
        "prefix": prefix or ASSEMBLY_PREFIX,
        "assembly_class": class_.name if class_ is not None and named else "DataAssembly",
        "stimulus_set": stimulus_set,
        # Whoever reads them apart says so; else they are merged today.
        "merges_stimulus_set": stimulus_set is not None
        and "merge_stimulus_set_meta" not in written,
    }


def _registered(hosted: HostedItem, root: Path) -> Mapping[str, Argument]:
    """Read what its registration writes for each parameter of its loader."""
    path = root / hosted.said_by
    plugin = read_plugin(path) if path.is_file() else None
    for each in () if plugin is None else plugin.registrations:
        if each.call is not None and each.call.identifier == hosted.identifier:
            return each.call.written
    return {}
