"""What the drop-in uploads, and the store that it is published to: an item, or a single file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.progress import Reporter, Shared, quiet
from brainscore_data.dataset.paths import refuse_gits_own
from brainscore_data.publishing.comparison import Comparison
from brainscore_data.publishing.file_writer import FileWriter
from brainscore_data.publishing.planning import planned_file, required_capabilities, taken
from brainscore_data.publishing.runs import Run, content_metadata
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
from brainscore_data.store.interface import Location, Store, StoredObject, Write
from brainscore_data.store.published import standing_version

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
        from brainscore_data.store.s3.kind import s3_parts

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
        from brainscore_data.base.progress import Reported
        from brainscore_data.publishing.bundles import publish_bundle
        from brainscore_data.publishing.comparison import committed_at
        from brainscore_data.store.urls import open_store

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
        from brainscore_data.base.errors import BrainScoreDataError
        from brainscore_data.store.urls import open_store
        from brainscore_data.store.verified_copy import cached

        try:
            return cached(open_store(self.url, timeout=_PATIENCE), key)
        except BrainScoreDataError:
            return None

    def put_file(self, source: Path, key: str, *, replaces: str | None = None) -> dict[str, Any]:
        """Publish a single file, whatever is in it; gives what S3's HeadObject says."""
        from brainscore_data.base.progress import Reported
        from brainscore_data.store.urls import open_store

        folder, _, name = key.rpartition("/")
        store = open_store(f"{self.url.removesuffix('/')}/{folder}" if folder else self.url)
        uploaded = publish_file(
            source,
            name,
            store,
            run=_run(store.location),
            replaces=replaces,
            allow_unversioned=self.allow_unversioned,
            report=Reported,
        )
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
    from brainscore_data.publishing.runs import current_run

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


def publish_file(
    source: Path,
    key: str,
    store: Store,
    *,
    run: Run,
    replaces: str | None,
    allow_unversioned: bool,
    report: Reporter = quiet,
) -> Uploaded:
    """Publish a file under a key: as an item's files are, but whatever is in it.

    `report` opens the progress, in bytes.
    """
    capabilities = required_capabilities(store, allow_unversioned=allow_unversioned)
    file = describe_file(source, key)
    comparison = Comparison(store)
    stored = standing_version(store, key, conditional=capabilities.conditional)
    planned = planned_file(file, stored, replaces, comparison)
    if isinstance(planned, StoredObject):
        raise DataError(
            f"{key}: {taken(store, planned, file)}",
            where=store.location.url,
            hint="choose another key; or, if it is a correction that supersedes what is there, "
            f"pass replaces={planned.version_id!r}",
        )
    writer = FileWriter(comparison, capabilities.conditional, allow_unversioned)
    metadata, tags = content_metadata(file), run.tags(replaces)
    with report(f"uploading {key}", 0 if planned.object else file.size) as progress:
        sent = Shared(progress).advance_bytes
        write = Write(key, source, metadata, tags, planned.replaces, sent)
        there = writer.carry_out(planned, write).receipt(run).object
    return Uploaded(there.key, there.sha1, there.version_id, there.size)


def describe_file(source: Path, key: str) -> BundledFile:
    """Describe a file that is to be under a key, whatever is in it."""
    from brainscore_data.base.files import fingerprint

    refuse_gits_own(source)
    found = fingerprint(source)
    digest = ContentDigest("files")
    digest.text(key)
    digest.text(found.sha256)
    return bundled_file(key, Written(digest.result(), found))
