"""``bundle.json``: what `package` wrote, so that `publish` need not parse any data."""

from __future__ import annotations

import contextlib
import hashlib
import stat
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import Fingerprint, measured, written_whole
from brainscore_data.base.hints import PACKAGE_AGAIN, Hint
from brainscore_data.dataset.assembly_classes import AssemblyClass
from brainscore_data.dataset.identifiers import (
    ASSEMBLY_PREFIX,
    PREFIX_PATTERN,
    assembly_key,
    stimulus_set_keys,
)
from brainscore_data.dataset.manifest import ReplacedVersions
from brainscore_data.dataset.manifest_values import Visibility
from brainscore_data.records.digest import Written

SCHEMA_VERSION = 1
FILE_NAME = "bundle.json"
_WRITERS = ("brainscore-data", "xarray", "netCDF4", "h5py", "numpy", "pandas", "pyarrow")


class Record(BaseModel):
    """What is written down: unknown keys are errors, values stay."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_by_alias=True, validate_by_name=True
    )


def assembly_prefix() -> Any:
    """Declare what an assembly's key begins with; left out of records where it is the usual one."""
    return Field(
        default=ASSEMBLY_PREFIX,
        pattern=PREFIX_PATTERN,
        exclude_if=lambda prefix: prefix == ASSEMBLY_PREFIX,
        description="What its key begins with: `assy_`, unless a script uploaded something that "
        "no registry names, such as a ceiling.",
    )


def embargo_field() -> Any:
    """Declare until when an item stays private; left out of records where nobody said."""
    return Field(
        default=None,
        exclude_if=lambda day: day is None,
        description="The day from which the item may be opened.",
    )


def if_known() -> Any:
    """Declare what not every record has; it is left out where there is none."""
    return Field(default=None, exclude_if=lambda said: said is None)


class BundledFile(Record):
    """One final file; its name is its key below the store's prefix."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    sha1: str = Field(pattern=r"^[0-9a-f]{40}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    #: Of the content: equal for equal values, whatever wrote them. None of what is copied and
    #: nobody has looked into.
    digest: str | None = Field(
        default=None, pattern=r"^cd1:[0-9a-f]{64}$", exclude_if=lambda digest: digest is None
    )
    #: None in bundles of earlier versions.
    crc32: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{8}$", exclude_if=lambda crc32: crc32 is None
    )

    @property
    def fingerprint(self) -> Fingerprint:
        """What identifies its bytes."""
        return Fingerprint(self.sha1, self.sha256, self.size, self.crc32)


class BundledStimulusSet(Record):
    """A stimulus set, ready to be published."""

    kind: Literal["stimulus_set"] = "stimulus_set"
    identifier: str
    #: None where nobody said, as brainio's functions let the bucket decide.
    visibility: Visibility | None
    embargo: date | None = embargo_field()
    #: Where it is not that of the bundle.
    license: str | None = if_known()
    csv: BundledFile
    zip: BundledFile
    #: Where its files are already: there they are compared, and not sent.
    hosted: str | None = if_known()
    replaces: ReplacedVersions | None = None

    @property
    def files(self) -> tuple[BundledFile, ...]:
        """The files in the order in which they are published: the zip first, then the csv."""
        return (self.zip, self.csv)

    @property
    def expected_names(self) -> tuple[str, ...]:
        """Where readers look for its files."""
        return stimulus_set_keys(self.identifier)[::-1]


class BundledAssembly(Record):
    """An assembly, ready to be published; `visibility` as that of a stimulus set."""

    kind: Literal["assembly"] = "assembly"
    identifier: str
    prefix: str = assembly_prefix()
    visibility: Visibility | None
    embargo: date | None = embargo_field()
    license: str | None = if_known()
    assembly_class: AssemblyClass
    stimulus_set: str | None
    merges_stimulus_set: bool = Field(
        description="Whether readers can merge the stimulus set's columns into it."
    )
    nc: BundledFile
    hosted: str | None = if_known()
    replaces: str | None = None

    @property
    def files(self) -> tuple[BundledFile, ...]:
        """The one file, in a tuple."""
        return (self.nc,)

    @property
    def expected_names(self) -> tuple[str, ...]:
        """Where readers look for it, in a tuple."""
        return (assembly_key(self.identifier, self.prefix),)


BundledItem = BundledStimulusSet | BundledAssembly


class CheckWarning(Record):
    """What a rule warned of; its place is named from the dataset's folder."""

    code: str
    place: str
    message: str


class IgnoredRecord(Record):
    """What did not count in a check, and by whose word."""

    #: As it is written there: codes, families or names of rules, and where.
    what: str
    #: A file with settings or a baseline, or an option of the command line.
    by: str


class CheckRecord(Record):
    """What was checked before packaging, with no error left."""

    #: The codes of the rules that looked at something.
    ran: list[str]
    #: The codes of those that were left out on purpose.
    ignored: list[str]
    #: Whether findings that were known before did not count.
    baseline: bool
    ignored_by: list[IgnoredRecord] = Field(
        default_factory=list,
        exclude_if=lambda each: not each,
        description="What did not count, and by whose word.",
    )
    warnings: list[CheckWarning]


class Script(Record):
    """The script whose uploads a bundle holds: nobody can make the same bundle again and compare."""

    name: str
    #: Of its bytes; of what it read nothing is known.
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class ShardRecord(Record):
    """Which part of a dataset this is, where several machines share the work."""

    #: Of the plan that says which item is in which shard: only shards of one plan go together.
    plan: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    number: int = Field(ge=1)
    count: int = Field(ge=1)
    #: How many items it has; private ones are taken out where everybody could see them.
    items: int = Field(ge=0)

    @property
    def name(self) -> str:
        """What ``--shard`` takes."""
        return f"{self.number}/{self.count}"

    @property
    def file_name(self) -> str:
        """The same, as a part of a file's name."""
        return f"shard-{self.number}-of-{self.count}"


class Bundle(Record):
    """What one dataset becomes, or what a script uploaded."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    dataset: str = Field(description="The name of the dataset's folder.")
    license: str
    reference: str | None = None
    plugin: str | None = None
    items: list[BundledItem]
    checks: CheckRecord
    writers: dict[str, str] = Field(description="Library → the version that wrote the files.")
    notices: list[str] = Field(
        default_factory=list, description="What packaging changed or could not check."
    )

    script: Script | None = Field(
        default=None, description="Whose uploads these are; none where a dataset was packaged."
    )
    #: None where it is all of the dataset.
    shard: ShardRecord | None = if_known()

    def license_of(self, item: BundledItem) -> str:
        """Give the license of an item: its own, else the dataset's; empty if a script said none."""
        return item.license or self.license


def save_bundle(bundle: Bundle, folder: Path) -> None:
    """Write ``bundle.json`` into a bundle's folder, last of all its files."""
    save_record(bundle, folder / FILE_NAME)


def save_record(record: Record, target: Path) -> None:
    """Write a record as JSON, whole or not at all."""
    with written_whole(target) as path:
        path.write_text(record_text(record), encoding="utf-8")


def record_text(record: Record) -> str:
    """Give a record as it is written."""
    return record.model_dump_json(indent=2, by_alias=True) + "\n"


def bundle_digest(folder: Path) -> str:
    """Name a bundle by all that is in it: ``sha256:`` and what ``sha256sum bundle.json`` says."""
    return _digest(content_of(folder / FILE_NAME))


def load_bundle(
    folder: Path, *, approved: str | None = None, hashed: bool = True, staged: bool = False
) -> Bundle:
    """Read ``bundle.json``, make sure that it is the `approved` one and that its files are beside it.

    Their bytes are compared with it, unless whoever asks does not want them `hashed`: then sizes are.
    Where they are `staged` they lie in a store, which looks at each before it copies it.
    """
    source = folder / FILE_NAME
    if not source.is_file():
        raise UsageError(
            "there is no bundle here",
            where=str(folder),
            hint="make one with `brainscore-data package FOLDER -o BUNDLE`",
        )
    content = content_of(source)
    if approved is not None and _digest(content) != _in_full(approved):
        raise UsageError(
            f"this is not the bundle that was approved: its digest is {_digest(content)}",
            where=str(source),
            hint=f"the approved one is {_in_full(approved)}; look at what this one holds before approving it",
        )
    try:
        bundle = Bundle.model_validate_json(content)
    except ValidationError as error:
        other_schema, message = fault(error)
        if other_schema is not None:
            raise UsageError(
                f"bundle schema {other_schema} is not known to this version",
                where=str(source),
                hint=Hint("update brainscore-data, or ", PACKAGE_AGAIN),
            ) from error
        raise DataError(message, where=str(source), hint=Hint(PACKAGE_AGAIN)) from error
    for item in () if staged else bundle.items:
        for file in item.files:
            path = folder / file.name
            if not is_plain_file(path):
                raise DataError(
                    "listed in bundle.json but not there", where=str(path), hint=Hint(PACKAGE_AGAIN)
                )
            same = path.stat().st_size == file.size
            if not same or (hashed and measured(path).fingerprint != file.fingerprint):
                raise DataError(
                    "its bytes are not those of bundle.json",
                    where=str(path),
                    hint=Hint(PACKAGE_AGAIN),
                )
    return bundle


def fault(error: ValidationError) -> tuple[str | None, str]:
    """Say which schema a record has, if that is not ours; and what is wrong with it, and where."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    other_schema = repr(first["input"]) if first["loc"] == ("schema",) else None
    return other_schema, f"{place}{': ' if place else ''}{first['msg']}"


def bundled_file(name: str, written: Written) -> BundledFile:
    """Describe a final file by its name and what its writer knows of it."""
    return BundledFile(**asdict(written.fingerprint), name=name, digest=written.digest)


def writers() -> dict[str, str]:
    """Name the libraries that write the files, with their versions, as far as they are installed.

    This project itself is not, where a script runs under an interpreter of its own.
    """
    from importlib import metadata

    found = {}
    for name in _WRITERS:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def is_plain_file(path: Path) -> bool:
    """Say whether this is a file itself: no link to one, no pipe, no device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _in_full(approved: str) -> str:
    """Write a digest as `bundle_digest` does; ``sha256sum`` says it without what it is."""
    return f"sha256:{approved.strip().lower().removeprefix('sha256:')}"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
