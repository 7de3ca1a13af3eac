"""What the drop-in uploads, and the store that it is published to: an item, or a single file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.files import fingerprint
from brainscore_data.base.progress import Reported, Shared
from brainscore_data.dataset.assembly_classes import AssemblyClass, dims_fit
from brainscore_data.dataset.identifiers import ASSEMBLY_PREFIX, assembly_key
from brainscore_data.dataset.paths import refuse_gits_own
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.comparison import Comparison, committed_at
from brainscore_data.publishing.file_writer import FileWriter
from brainscore_data.publishing.planning import planned_file, required_capabilities, taken
from brainscore_data.publishing.published import Run, content_metadata, current_run
from brainscore_data.records.bundle import (
    Bundle,
    BundledAssembly,
    BundledFile,
    BundledStimulusSet,
    CheckRecord,
    bundled_file,
    save_bundle,
    writers,
)
from brainscore_data.records.digest import ContentDigest, Written
from brainscore_data.records.script_uploads import RECORD, Entry, load_entries, save_entry
from brainscore_data.store.interface import Location, Store, StoredObject
from brainscore_data.store.published import standing_version
from brainscore_data.store.s3.kind import s3_parts
from brainscore_data.store.urls import open_store
from brainscore_data.store.verified_copy import cached
from brainscore_data.store.write import Write

_PATIENCE = 3.0  # seconds; what is only compared with is not waited for


@dataclass(frozen=True)
class Uploaded:
    """One file, as it is at its destination."""

    key: str  # with the prefix
    sha1: str  # of the bytes that are there
    version_id: str | None  # None where no versions are kept, or the upload was only recorded
    size: int  # in bytes

    def properties(self) -> dict[str, Any]:
        """Describe it with the names that S3's HeadObject has."""
        found: dict[str, Any] = {"ContentLength": self.size, "Metadata": {"sha1": self.sha1}}
        return found if self.version_id is None else {**found, "VersionId": self.version_id}


def store_url(bucket_name: str) -> str:
    """Turn a ``bucket_name`` as brainio's functions take it into the URL of a store.

    Examples
    --------
    >>> store_url("brainio-contrib"), store_url("file:///srv/store")
    ('s3://brainio-contrib', 'file:///srv/store')
    """
    # No bucket begins so: what is meant is a folder, and opening it says how that is written.
    is_path = bucket_name.startswith(("/", ".", "~"))
    return bucket_name if ":" in bucket_name or is_path else f"s3://{bucket_name}"


@dataclass(frozen=True)
class Destination:
    """What takes the drop-in's uploads: a store, published to as `brainscore-data publish` does."""

    url: str
    allow_unversioned: bool

    def location_of(self, key: str) -> str:
        """Name the address of a key, as a BrainIO catalog does."""
        if not self.url.startswith("s3://"):
            raise UsageError(
                "a BrainIO catalog lists what is on S3, and this is elsewhere",
                where=self.url,
                hint="pass None for the catalog",
            )
        bucket, prefix = s3_parts(self.url)
        return f"https://{bucket}.s3.amazonaws.com/{f'{prefix}/' if prefix else ''}{key}"

    def put(
        self, item: BundledStimulusSet | BundledAssembly, folder: Path
    ) -> Mapping[str, Uploaded]:
        """Publish an item whose final files are in `folder`; gives file name → what it became.

        Verified, and never over what others wrote.
        """
        save_bundle(_bundle_of(item), folder)
        store = open_store(self.url)
        published = publish_bundle(
            folder,
            store,
            run=_run(store.location),
            allow_unversioned=self.allow_unversioned,
            committed=committed_at(Path.cwd()),
            report=Reported,
        )
        names = [file.name for file in item.files]
        objects = [file.object for file in published.receipts.items[0].files]
        return {
            name: Uploaded(there.key, there.sha1, there.version_id, there.size)
            for name, there in zip(names, objects, strict=True)
        }

    def find(self, key: str) -> Path | None:
        """Give a file that is there, e.g. a stimulus set's csv; None too if that cannot be told."""
        try:
            return cached(open_store(self.url, timeout=_PATIENCE), key)
        except BrainScoreDataError:
            return None

    def put_file(self, source: Path, key: str, *, replaces: str | None = None) -> dict[str, Any]:
        """Publish a single file, whatever is in it; gives what S3's HeadObject says."""
        folder, _, name = key.rpartition("/")
        store = open_store(f"{self.url.removesuffix('/')}/{folder}" if folder else self.url)
        run = _run(store.location)
        capabilities = required_capabilities(store, allow_unversioned=self.allow_unversioned)
        file = describe_file(source, name)
        comparison = Comparison(store)
        stored = standing_version(store, name, conditional=capabilities.conditional)
        planned = planned_file(file, stored, replaces, comparison)
        if isinstance(planned, StoredObject):
            raise DataError(
                f"{name}: {taken(store, planned, file)}",
                where=store.location.url,
                hint="choose another key; or, if it is a correction that supersedes what is there, "
                f"pass replaces={planned.version_id!r}",
            )
        writer = FileWriter(comparison, capabilities.conditional, self.allow_unversioned)
        with Reported(f"uploading {name}", 0 if planned.object else file.size) as progress:
            sent = Shared(progress).advance_bytes
            metadata, tags = content_metadata(file, planned.replaces), run.tags(replaces)
            write = Write(name, source, metadata, tags, planned.replaces, sent)
            there = writer.carry_out(planned, write).receipt(run).object
        uploaded = Uploaded(there.key, there.sha1, there.version_id, there.size)
        known = uploaded.properties()
        said = _head(store, uploaded)
        # Of the hashes, those that were confirmed.
        return {**known, **said, "Metadata": {**said.get("Metadata", {}), **known["Metadata"]}}


def _head(store: Store, uploaded: Uploaded) -> dict[str, Any]:
    """Ask S3 for all that it says about a version; nothing where it may not, or elsewhere."""
    from brainscore_data.store.s3.bucket import S3Store

    if not isinstance(store, S3Store):
        return {}
    from botocore.exceptions import BotoCoreError, ClientError

    version = {} if uploaded.version_id is None else {"VersionId": uploaded.version_id}
    try:
        response: dict[str, Any] = store.connection.client.head_object(
            Bucket=store.connection.bucket, Key=uploaded.key, **version
        )
    except (BotoCoreError, ClientError):  # it is published and confirmed: that was the task
        return {}
    return response


def _bundle_of(item: BundledStimulusSet | BundledAssembly) -> Bundle:
    return Bundle(
        dataset=item.identifier,
        license="not stated",
        items=[item],
        checks=CheckRecord(ran=[], ignored=[], baseline=False, warnings=[]),
        writers=writers(),
    )


def _run(location: Location) -> Run:
    """Say who uploads: under the name that AWS knows, as brainio's functions do."""
    return current_run(Path.cwd(), who=_aws_name() if location.bucket else None)


def get_user_info(sts_client: Any) -> tuple[str, str]:
    """Ask AWS for the account and the name that requests are signed with.

    Parameters
    ----------
    sts_client : boto3 client
        ``boto3.client("sts")``.

    Returns
    -------
    account_id, username : str
        The name is the last part of the ARN; for a role that of its session.
    """
    identity = sts_client.get_caller_identity()
    return identity["Account"], identity["Arn"].rpartition("/")[2]


def _aws_name() -> str | None:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    patience = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 1})
    session = boto3.Session()
    region = session.region_name or "us-east-1"
    try:
        return get_user_info(session.client("sts", region_name=region, config=patience))[1]
    except (BotoCoreError, ClientError):  # a server of S3 alone: the name on this machine will do
        return None


def describe_file(source: Path, key: str) -> BundledFile:
    """Describe a file that is to be under a key, whatever is in it."""
    refuse_gits_own(source)
    found = fingerprint(source)
    digest = ContentDigest("files")
    digest.text(key)
    digest.text(found.sha256)
    return bundled_file(key, Written(digest.result(), found))


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
    from brainscore_data.arrays.hdf5 import open_lazily
    from brainscore_data.assemblies.contract.merging import can_merge

    try:
        with open_lazily(source) as opened:
            attributes = dict(opened.attrs)
            data = opened["data"]
            dims = [str(dim) for dim in data.dims]
            merges = can_merge(data)
    except (OSError, KeyError, ValueError) as error:
        raise DataError(
            "readers could not load this as an assembly",
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
