"""One item's final files, written in the cage: all that is needed of its dataset is in the call."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.assemblies.contract.conforming import conform, conform_extra
from brainscore_data.assemblies.contract.merging import can_merge, check_merge
from brainscore_data.assemblies.opening import IMPORTED, OpenedAssembly, open_assembly
from brainscore_data.base.door import only_inside
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.cage.cage import Elsewhere
from brainscore_data.cage.warmth import imports
from brainscore_data.dataset.assembly_tables import Assembly
from brainscore_data.dataset.identifiers import assembly_key, stimulus_set_keys
from brainscore_data.dataset.manifest import StimulusSet
from brainscore_data.packaging.netcdf.netcdf_file import values_in, write_netcdf
from brainscore_data.packaging.stimulus_files import write_stimulus_csv, write_stimulus_zip
from brainscore_data.packaging.stimulus_reference import StimulusReference, read_reference
from brainscore_data.records.digest import Written
from brainscore_data.stimuli.content import open_stimulus_set

if TYPE_CHECKING:
    import xarray as xr

Item = StimulusSet | Assembly


@dataclass(frozen=True)
class Located:
    """Where an item's table is, and the files that it names; what the network has was fetched."""

    root: Path  # the dataset's folder
    place: Place
    paths: Mapping[str, Path]  # name in the manifest → file or folder
    stimulus_set: StimulusReference | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """All that is read: files, and a folder of stimuli."""
        reference = self.stimulus_set
        csv = [reference.csv] if reference is not None and reference.csv is not None else []
        return (*self.paths.values(), *csv)

    @property
    def folders(self) -> set[Path]:
        """The folders that these lie in."""
        return {path.parent for path in self.files}


@dataclass(frozen=True)
class Packaged:
    """What its writer says of an item's files, and what was changed on the way to them."""

    written: tuple[Written, ...]  # the csv and the zip, or the netCDF file
    notices: tuple[str, ...]
    merges_stimulus_set: bool = False


@imports(*IMPORTED, "h5py", "netCDF4", "isal.isal_zlib")
def package_item(
    item: Item,
    located: Located,
    folder: Path,
    jobs: int,
    report: Reporter = quiet,
    *,
    elsewhere: Elsewhere | None = None,
) -> Packaged:
    """Write the final files of one item into a folder; `jobs` threads compress, or others do."""
    writing = _Writing(folder, jobs, report, elsewhere)
    with only_inside(located.root, folder, *located.folders):
        if isinstance(item, StimulusSet):
            return _package_stimulus_set(item, located, writing)
        return _package_assembly(item, located, writing)


@dataclass(frozen=True)
class _Writing:
    """Where to, and who helps."""

    folder: Path
    jobs: int
    report: Reporter
    elsewhere: Elsewhere | None


def _package_stimulus_set(item: StimulusSet, located: Located, writing: _Writing) -> Packaged:
    content = open_stimulus_set(
        item.identifier,
        located.paths[item.metadata],
        located.paths[item.files],
        root=located.root,
    )
    csv_key, zip_key = stimulus_set_keys(item.identifier)
    csv = write_stimulus_csv(content, writing.folder / csv_key)
    size = sum(content.files.sizes.values())
    with writing.report(f"packaging {zip_key}", size) as progress:
        target = writing.folder / zip_key
        zipped = write_stimulus_zip(content, target, progress, writing.elsewhere)
    return Packaged((csv, zipped), content.notices)


def _package_assembly(item: Assembly, located: Located, writing: _Writing) -> Packaged:
    key = assembly_key(item.identifier)
    reference = located.stimulus_set
    # HDF5 crashes on a file with texts in it that is opened again while it is half closed, as it
    # is where an error still holds on to it: https://github.com/HDFGroup/hdf5/issues/5359
    with contextlib.closing(
        open_assembly(item, located.paths.__getitem__, located.paths)
    ) as opened:
        data, extras, notices = conforming(item, located, opened)
        with writing.report(f"packaging {key}", values_in(data, extras)) as progress:
            written = write_netcdf(
                writing.folder / key,
                data,
                extras,
                identifier=item.identifier,
                stimulus_set=reference.identifier if reference else None,
                jobs=writing.jobs,
                progress=progress,
                elsewhere=writing.elsewhere,
            )
    return Packaged((written,), (*opened.notices, *notices), can_merge(data))


def conforming(
    item: Assembly, located: Located, opened: OpenedAssembly
) -> tuple[xr.DataArray, dict[str, xr.DataArray], tuple[str, ...]]:
    """Make an assembly, its extras and its stimulus set fit for the readers, and each other."""
    named = getattr(item, item.form)
    where = located.place.inside(f"{item.form} = {json.dumps(named, ensure_ascii=False)}")
    reference = located.stimulus_set
    read = read_reference(reference) if reference is not None else None
    data, notices = conform(
        opened.data,
        assembly_class=item.assembly_class,
        identifier=item.identifier,
        stimulus_set=reference.identifier if reference else None,
        where=where,
    )
    extras = {}
    for name, extra in opened.extras.items():
        extras[name], more = conform_extra(
            extra,
            name=name,
            beside=data,
            assembly_class=item.assembly_class,
            where=located.place,
        )
        notices += more
    if read is not None:
        metadata, more = read
        notices += more
        if metadata is not None:
            notices += check_merge(
                data,
                stimulus_columns=metadata.columns,
                stimulus_ids=metadata.stimulus_ids,
                where=where,
            )
    return data, extras, notices
