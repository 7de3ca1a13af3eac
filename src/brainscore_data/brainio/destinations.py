"""Where the drop-in's uploads go: the one way from its functions to a store.

All uploads pass through `destination_for`. With ``BRAINSCORE_DATA_RECORD=FOLDER`` nothing is
uploaded: the destination is then one that records.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.brainio.uploads import (
    Destination,
    Uploaded,
    describe_file,
    store_url,
)
from brainscore_data.dataset.assembly_classes import AssemblyClass, dims_fit
from brainscore_data.dataset.identifiers import ASSEMBLY_PREFIX, assembly_key
from brainscore_data.records.bundle import BundledAssembly, BundledFile, BundledStimulusSet, writers
from brainscore_data.records.script_uploads import RECORD, Entry, load_entries, save_entry

ALLOW_UNVERSIONED = "BRAINSCORE_DATA_ALLOW_UNVERSIONED"

_ASSEMBLY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.nc", re.ASCII)
_STIMULUS_SET = re.compile(r"stimulus_[A-Za-z0-9][A-Za-z0-9_-]*\.(csv|zip)", re.ASCII)
# What language's loader takes where nothing is said, and what else an assembly can be.
_LIKELY_CLASSES: tuple[AssemblyClass, ...] = (
    "NeuroidAssembly",
    "SpikeTimesAssembly",
    "BehavioralAssembly",
)


def destination_for(
    bucket_name: str | os.PathLike[str], *, allow_unversioned: bool | None = None
) -> Destination:
    """Find out where uploads to a bucket, a ``bucket/prefix`` or the URL of a store go.

    Where nobody says whether a bucket without versions will do, the environment does.

    Examples
    --------
    >>> destination_for("brainscore-storage/brainio-brainscore").url
    's3://brainscore-storage/brainio-brainscore'
    """
    if allow_unversioned is None:
        allow_unversioned = os.environ.get(ALLOW_UNVERSIONED, "") not in ("", "0")
    url = store_url(os.fspath(bucket_name))
    if record := os.environ.get(RECORD):
        return RecordingDestination(url, allow_unversioned, Path(record))
    return Destination(url, allow_unversioned)


@dataclass(frozen=True)
class RecordingDestination(Destination):
    """A folder that keeps what would have been uploaded."""

    record: Path

    def put(
        self, item: BundledStimulusSet | BundledAssembly, folder: Path
    ) -> Mapping[str, Uploaded]:
        """Record an item whose final files are in `folder`."""
        self._save(item, {file.name: folder / file.name for file in item.files})
        prefix = self._prefix()
        return {
            file.name: Uploaded(prefix + file.name, file.sha1, None, file.size)
            for file in item.files
        }

    def find(self, key: str) -> Path | None:
        """Give the file of an item that was recorded before."""
        entries = load_entries(self.record) if self.record.is_dir() else ()
        names = ((folder, file.name) for entry, folder in entries for file in entry.files)
        return next((folder / key for folder, name in names if name == key), None)

    def put_file(self, source: Path, key: str, *, replaces: str | None = None) -> dict[str, Any]:
        """Record a single file, if it is an assembly or a half of a stimulus set."""
        folder, _, name = key.rpartition("/")
        file = describe_file(source, _known_kind(name))
        if name.endswith(".nc"):
            self._save(_assembly_in(source, file, replaces), {name: source}, folder)
        elif replaces is not None:
            raise UsageError(
                "a half of a stimulus set that replaces another cannot be recorded",
                where=key,
                hint="use package_stimulus_set, with replaces for both halves",
            )
        else:
            self._save(file, {name: source}, folder)
        recorded = Uploaded(self._prefix() + key, file.sha1, None, file.size)
        # Where others may have none at all, a script that prints it goes on.
        return {**recorded.properties(), "VersionId": None}

    def _prefix(self) -> str:
        # Whatever bucket a script names, misspelt or not: nothing is uploaded to it.
        scheme, _, place = self.url.partition("://")
        prefix = place.partition("/")[2].strip("/") if scheme == "s3" else ""
        return f"{prefix}/" if prefix else ""

    def _save(
        self,
        content: BundledStimulusSet | BundledAssembly | BundledFile,
        files: dict[str, Path],
        folder: str = "",
    ) -> None:
        asked_for = f"{self.url.removesuffix('/')}/{folder}" if folder else self.url
        entry = Entry(asked_for=asked_for, content=content, writers=writers())
        before = load_entries(self.record) if self.record.is_dir() else ()
        known = {file.name: file.sha256 for earlier, _ in before for file in earlier.files}
        for file in entry.files:
            if known.get(file.name, file.sha256) != file.sha256:
                raise DataError(
                    "this script has uploaded something else under this key before",
                    where=file.name,
                    hint="give one of the two another identifier",
                )
        save_entry(entry, files, self.record)


def _known_kind(name: str) -> str:
    if _ASSEMBLY.fullmatch(name) or _STIMULUS_SET.fullmatch(name):
        return name
    raise UsageError(
        f"{name!r} cannot become a part of a bundle",
        hint="that has assemblies, assy_<identifier>.nc or with the prefix that language's "
        "upload_data_assembly is given, and stimulus sets, stimulus_<identifier>.csv and .zip, "
        "with _ for each dot of the identifier",
    )


def _assembly_in(source: Path, file: BundledFile, replaces: str | None) -> BundledAssembly:
    """Describe an assembly that was written before, by what is in its file."""
    from brainscore_data.assemblies.contract.merging import can_merge
    from brainscore_data.assemblies.hdf5 import open_lazily

    try:
        with open_lazily(source) as opened:
            attributes = dict(opened.attrs)
            data = opened["data"]
            dims = [str(dim) for dim in data.dims]
            merges = can_merge(data)
    except (OSError, KeyError, ValueError) as error:
        raise DataError(
            "this is no assembly that readers could load",
            where=str(source),
            hint="write it with write_netcdf, or use package_data_assembly",
        ) from error
    identifier, stimulus_set = (
        str(attributes[name]) if attributes.get(name) else None
        for name in ("identifier", "stimulus_set_identifier")
    )
    prefix, identifier = _named(file.name, identifier)
    return BundledAssembly(
        identifier=identifier,
        prefix=prefix,
        visibility=None,
        assembly_class=next(
            (name for name in _LIKELY_CLASSES if dims_fit(name, dims)), "DataAssembly"
        ),
        stimulus_set=stimulus_set,
        merges_stimulus_set=stimulus_set is not None and merges,
        nc=file,
        replaces=replaces,
    )


def _named(key: str, identifier: str | None) -> tuple[str, str]:
    """Tell from a key, and from what is in the file, the prefix and the identifier.

    Examples
    --------
    >>> _named("ceiling_raw_Pereira2018_linear.nc", "Pereira2018.linear")
    ('ceiling_raw_', 'Pereira2018.linear')
    >>> _named("assy_Pereira2018_linear.nc", "something else")
    ('assy_', 'Pereira2018_linear')
    """
    if key.startswith(ASSEMBLY_PREFIX):
        if identifier is None or assembly_key(identifier) != key:
            identifier = key.removeprefix(ASSEMBLY_PREFIX).removesuffix(".nc")
        return ASSEMBLY_PREFIX, identifier
    if identifier and key.endswith(ending := assembly_key(identifier, "")):
        return key.removesuffix(ending), identifier
    raise UsageError(
        f"{key!r} cannot become a part of a bundle: nothing says which part of it is the identifier",
        hint="write the file with attrs['identifier'] set to what its key ends with, or use "
        "language's upload_data_assembly(assembly, identifier, assembly_prefix=…)",
    )
