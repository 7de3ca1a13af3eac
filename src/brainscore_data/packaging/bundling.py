"""From a dataset's folder to a bundle's: every item packaged, then ``bundle.json``."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from brainscore_data.assemblies.contract.conforming import conform, conform_extra
from brainscore_data.assemblies.contract.merging import can_merge, check_merge
from brainscore_data.assemblies.opening import OpenedAssembly, open_assembly
from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.files import explained
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.base.work_folders import work_folder
from brainscore_data.check.engine.baseline import Baseline
from brainscore_data.check.engine.configuration import Configuration
from brainscore_data.dataset.document import names_in
from brainscore_data.dataset.identifiers import assembly_key, stimulus_set_keys
from brainscore_data.dataset.locating import locate, locate_file
from brainscore_data.dataset.manifest import ASSEMBLY_FORMS, Assembly, Source, StimulusSet
from brainscore_data.dataset.reading import Dataset, load_dataset
from brainscore_data.packaging.check_first import check_first, rules_about_people
from brainscore_data.packaging.netcdf.netcdf_file import values_in, write_netcdf
from brainscore_data.packaging.stimulus_files import write_stimulus_csv, write_stimulus_zip
from brainscore_data.packaging.stimulus_reference import StimulusReference, refer_to
from brainscore_data.records.bundle import (
    FILE_NAME,
    Bundle,
    BundledAssembly,
    BundledItem,
    BundledStimulusSet,
    bundled_file,
    save_bundle,
    writers,
)
from brainscore_data.sources.fetching import fetch_source
from brainscore_data.stimuli.content import open_stimulus_set

if TYPE_CHECKING:
    import xarray as xr


def package(
    folder: Path | str,
    out: Path | str,
    *,
    ignore: Sequence[str] = (),
    baseline: Path | str | Baseline | None = None,
    configuration: Configuration | None = None,
    jobs: int = 0,
    report: Reporter = quiet,
) -> Bundle:
    """Check a dataset and package it into a bundle.

    Parameters
    ----------
    folder : path
        The dataset: the folder with ``dataset.toml``, or that file.
    out : path
        The bundle's folder. A bundle that is there already is replaced once the new one is whole;
        anything else that is there is left alone.
    ignore : sequence of str, optional
        Rules to leave out: codes, families (``BSD3``) or names.
    baseline : path or Baseline, optional
        Findings that are known and let pass.
    configuration : Configuration, optional
        The settings of the checks, in place of those of the ``pyproject.toml`` above the folder.
    jobs : int, optional
        How many processes decode stimuli for the checks, and how many threads compress and hash
        then. 0 for as many as the variable ``BRAINSCORE_DATA_JOBS`` says, or one for each core.
        The files do not depend on it.
    report : Reporter
        Opens the progress of each item.

    Returns
    -------
    Bundle
        What ``bundle.json`` holds.

    Raises
    ------
    DataError
        If a rule finds an error, or the data breaks the contract with Brain-Score's readers.
    UsageError
        If there is no dataset, a rule is unknown or fails itself, `out` cannot be written to, or a source cannot be reached.
    """
    dataset = load_dataset(Path(folder))
    with replacing_bundle(Path(out)) as staging:
        named = (*dataset.manifest.stimulus_sets, *dataset.manifest.assemblies)
        items = [_Files(dataset, item, report) for item in named]
        _find_all(dataset, items)
        check = partial(
            check_first,
            dataset.path.parent,
            ignore=ignore,
            baseline=Path(baseline) if isinstance(baseline, str) else baseline,
            configuration=configuration,
            jobs=jobs,
        )
        checks = check()
        fetched = [files.path(name) for files in items for _, name in files.named(fetched=True)]
        if fetched and (about_people := rules_about_people(checks)):
            again = check(select=about_people)  # what was not here before can name people, too
            checks = checks.model_copy(update={"ran": sorted({*checks.ran, *again.ran})})
        packaged = [package_item(dataset, item, staging, report, jobs=jobs) for item in named]
        described = dataset.manifest.dataset
        bundle = Bundle(
            dataset=dataset.root.name,
            license=described.license,
            reference=described.reference,
            plugin=described.plugin,
            items=[item for item, _ in packaged],
            checks=checks,
            writers=writers(),
            notices=[
                f"{item.identifier}: {notice}" for item, notices in packaged for notice in notices
            ],
        )
        save_bundle(bundle, staging)
    return bundle


Item = StimulusSet | Assembly


@dataclass(frozen=True)
class _Files:
    """The files that an item names: below the dataset's folder, or fetched."""

    dataset: Dataset
    item: Item
    report: Reporter

    def path(self, name: str) -> Path:
        """Find a file or a folder."""
        where = self.dataset.place(self.item)
        return locate(self.dataset, name, where=where, fetch=self._fetched)

    def file(self, name: str) -> Path:
        """Find a file."""
        where = self.dataset.place(self.item)
        return locate_file(self.dataset, name, where=where, fetch=self._fetched)

    def named(self, *, fetched: bool) -> Iterator[tuple[str, str]]:
        """List the entries and the names of those that have to be fetched, or of the others."""
        for key, name in names_in(self.item.model_dump(by_alias=True)):
            if (str(PurePosixPath(name)) in self.dataset.manifest.sources) == fetched:
                yield key, name

    def _fetched(self, name: str, source: Source) -> Path:
        with self.report(f"downloading {name}", 0) as progress:
            return fetch_source(name, source, progress=progress)


def _find_all(dataset: Dataset, items: Sequence[_Files]) -> None:
    """Make sure that the files below the folder are there and may be read.

    All that are not are told at once, with the entry of the manifest that is at fault.
    """
    absent: dict[str, DataError] = {}
    for files in items:
        for key, name in files.named(fetched=False):
            try:
                path = files.path(name) if key == "files" else files.file(name)
            except DataError as error:
                absent.setdefault(f"{dataset.place(files.item).entry}: {error.message}", error)
                continue
            if path.is_dir():
                _refuse_unreadable(path)
    if len(absent) == 1:
        raise next(iter(absent.values()))
    if absent:
        listed = "".join(f"\n  {each}" for each in absent)
        raise DataError(
            f"{len(absent)} of the files that it names cannot be used{listed}",
            where=str(dataset.path),
            count=len(absent),
            hint="put them below the folder of dataset.toml, or name where they can be fetched in "
            "[sources]",
        )


def _refuse_unreadable(folder: Path) -> None:
    for file in folder.iterdir():
        if file.is_file() and not os.access(file, os.R_OK):
            raise UsageError(
                "cannot be read: permission denied",
                where=str(file),
                hint="check its permissions",
            )


def package_item(
    dataset: Dataset,
    item: Item,
    folder: Path,
    report: Reporter = quiet,
    *,
    jobs: int = 0,
) -> tuple[BundledItem, tuple[str, ...]]:
    """Write the final files of one item into a folder; gives what was changed on the way, too.

    The arguments and the result can be pickled, so that items can be packaged in other processes.
    """
    files = _Files(dataset, item, report)
    if isinstance(item, StimulusSet):
        return _package_stimulus_set(files, item, folder)
    return _package_assembly(files, item, folder, jobs)


def _package_stimulus_set(
    files: _Files, item: StimulusSet, folder: Path
) -> tuple[BundledStimulusSet, tuple[str, ...]]:
    content = open_stimulus_set(
        item.identifier, files.file(item.metadata), files.path(item.files), root=files.dataset.root
    )
    csv_key, zip_key = stimulus_set_keys(item.identifier)
    csv = write_stimulus_csv(content, folder / csv_key)
    with files.report(f"packaging {zip_key}", sum(content.files.sizes.values())) as progress:
        zipped = write_stimulus_zip(content, folder / zip_key, progress)
    bundled = BundledStimulusSet(
        identifier=item.identifier,
        visibility=item.visibility,
        csv=bundled_file(csv_key, csv),
        zip=bundled_file(zip_key, zipped),
        replaces=item.replaces,
    )
    return bundled, content.notices


def _package_assembly(
    files: _Files, item: Assembly, folder: Path, jobs: int
) -> tuple[BundledAssembly, tuple[str, ...]]:
    dataset = files.dataset
    key = assembly_key(item.identifier)
    # HDF5 crashes on a file with texts in it that is opened again while it is half closed, as it
    # is where an error still holds on to it: https://github.com/HDFGroup/hdf5/issues/5359
    with contextlib.closing(open_assembly(item, files.file)) as opened:
        reference = None
        if item.stimulus_set:
            where = dataset.place(item, "stimulus_set")
            reference = refer_to(dataset, item.stimulus_set, files.file, where=where)
        data, extras, notices = _conforming(dataset, item, opened, reference)
        with files.report(f"packaging {key}", values_in(data, extras)) as progress:
            written = write_netcdf(
                folder / key,
                data,
                extras,
                identifier=item.identifier,
                stimulus_set=reference.identifier if reference else None,
                jobs=jobs,
                progress=progress,
            )
    bundled = BundledAssembly(
        identifier=item.identifier,
        visibility=item.visibility,
        assembly_class=item.assembly_class,
        stimulus_set=reference.registry_key if reference else None,
        merges_stimulus_set=can_merge(data),
        nc=bundled_file(key, written),
        replaces=item.replaces,
    )
    return bundled, (*opened.notices, *notices)


def _conforming(
    dataset: Dataset, item: Assembly, opened: OpenedAssembly, reference: StimulusReference | None
) -> tuple[xr.DataArray, dict[str, xr.DataArray], tuple[str, ...]]:
    """Make an assembly, its extras and its stimulus set fit for the readers, and each other."""
    form = next(key for key in ASSEMBLY_FORMS if hasattr(item, key))
    where = dataset.place(item, f'{form} = "{getattr(item, form)}"')
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
            where=dataset.place(item),
        )
        notices += more
    if reference is not None:
        notices += reference.notices
        if reference.metadata is not None:
            notices += check_merge(
                data,
                stimulus_columns=reference.metadata.columns,
                stimulus_ids=reference.metadata.stimulus_ids,
                where=where,
            )
    return data, extras, notices


@contextlib.contextmanager
def replacing_bundle(out: Path) -> Iterator[Path]:
    """Give a folder to write into; it becomes `out` when the block ends well."""
    if out.exists() and not (out / FILE_NAME).is_file() and not _is_empty_folder(out):
        raise UsageError(
            "there is something here that is not a bundle",
            where=str(out),
            hint="choose another folder for the bundle",
        )
    with contextlib.ExitStack() as ending:
        with explained(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            staging = ending.enter_context(work_folder(out.parent, f".{out.name}-"))
        whole = staging / "new"
        whole.mkdir()
        try:
            # Not explained as being about `out`: what is read meanwhile can fail as well.
            yield whole
            with explained(out):
                _put_in_place(whole, out, before=staging / "old")
        except BrainScoreDataError as error:
            # Where the file was to be: the folder for the time being is gone when this is read.
            error.place = error.place and error.place.moved(whole, out)
            raise


def _put_in_place(whole: Path, out: Path, *, before: Path) -> None:
    if out.exists():
        out.rename(before)
    try:
        whole.rename(out)
    except BaseException:  # Ctrl-C as well: between the two renames there is neither
        if before.exists() and not out.exists():
            before.rename(out)
        raise


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
