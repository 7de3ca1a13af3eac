"""``bundle.json``: what `package` wrote, so that `publish` need not parse any data."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import measured, written_whole
from brainscore_data.base.hints import PACKAGE_AGAIN, Hint
from brainscore_data.dataset.assembly_classes import AssemblyClass
from brainscore_data.dataset.identifiers import ASSEMBLY_PREFIX, PREFIX_PATTERN
from brainscore_data.dataset.manifest import ReplacedVersions, Visibility
from brainscore_data.records.digest import Written

SCHEMA_VERSION = 1
FILE_NAME = "bundle.json"
_WRITERS = ("brainscore-data", "xarray", "netCDF4", "h5py", "numpy", "pandas", "pyarrow")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def assembly_prefix() -> Any:
    """Declare what an assembly's key begins with; left out of records where it is the usual one."""
    return Field(
        default=ASSEMBLY_PREFIX,
        pattern=PREFIX_PATTERN,
        exclude_if=lambda prefix: prefix == ASSEMBLY_PREFIX,
        description="What its key begins with: `assy_`, unless a script uploaded something that "
        "no registry names, such as a ceiling.",
    )


class BundledFile(_Record):
    """One final file; its name is its key below the store's prefix.

    Attributes
    ----------
    sha1, sha256 : str
        Of the bytes, lower-case hexadecimal.
    size : int
        In bytes.
    digest : str
        Of the content (``cd1:…``): equal for equal values, whatever wrote them.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    sha1: str = Field(pattern=r"^[0-9a-f]{40}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    digest: str = Field(pattern=r"^cd1:[0-9a-f]{64}$")


class BundledStimulusSet(_Record):
    """A stimulus set, ready to be published.

    Attributes
    ----------
    visibility : {"public", "private"} or None
        None where nobody said, as brainio's functions let the bucket decide.
    """

    kind: Literal["stimulus_set"] = "stimulus_set"
    identifier: str
    visibility: Visibility | None
    csv: BundledFile
    zip: BundledFile
    replaces: ReplacedVersions | None = None

    @property
    def files(self) -> tuple[BundledFile, ...]:
        """The files in the order in which they are published: the zip first, then the csv."""
        return (self.zip, self.csv)


class BundledAssembly(_Record):
    """An assembly, ready to be published; `visibility` as that of a stimulus set."""

    kind: Literal["assembly"] = "assembly"
    identifier: str
    prefix: str = assembly_prefix()
    visibility: Visibility | None
    assembly_class: AssemblyClass
    stimulus_set: str | None
    merges_stimulus_set: bool = Field(
        description="Whether readers can merge the stimulus set's columns into it."
    )
    nc: BundledFile
    replaces: str | None = None

    @property
    def files(self) -> tuple[BundledFile, ...]:
        """The one file, in a tuple."""
        return (self.nc,)


class CheckWarning(_Record):
    """What a rule warned of; its place is named from the dataset's folder."""

    code: str
    place: str
    message: str


class IgnoredRecord(_Record):
    """What did not count in a check, and by whose word.

    Attributes
    ----------
    what : str
        As it is written there: codes, families or names of rules, and where.
    by : str
        A file with settings or a baseline, or an option of the command line.
    """

    what: str
    by: str


class CheckRecord(_Record):
    """What was checked before packaging, with no error left.

    Attributes
    ----------
    ran : list of str
        The codes of the rules that looked at something.
    ignored : list of str
        The codes of those that were left out on purpose.
    baseline : bool
        Whether findings that were known before did not count.
    """

    ran: list[str]
    ignored: list[str]
    baseline: bool
    ignored_by: list[IgnoredRecord] = Field(
        default_factory=list,
        exclude_if=lambda each: not each,
        description="What did not count, and by whose word.",
    )
    warnings: list[CheckWarning]


class Script(_Record):
    """The script whose uploads a bundle holds: nobody can make the same bundle again and compare.

    Attributes
    ----------
    name : str
        Of its file.
    sha256 : str
        Of its bytes; of what it read nothing is known.
    """

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Bundle(_Record):
    """What one dataset becomes, or what a script uploaded."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    dataset: str = Field(description="The name of the dataset's folder.")
    license: str
    reference: str | None = None
    plugin: str | None = None
    items: list[BundledStimulusSet | BundledAssembly]
    checks: CheckRecord
    writers: dict[str, str] = Field(description="Library → the version that wrote the files.")
    notices: list[str] = Field(
        default_factory=list, description="What packaging changed or could not check."
    )

    script: Script | None = Field(
        default=None, description="Whose uploads these are; none where a dataset was packaged."
    )

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_by_alias=True, validate_by_name=True
    )


def save_bundle(bundle: Bundle, folder: Path) -> Path:
    """Write ``bundle.json`` into a bundle's folder, last of all its files."""
    target = folder / FILE_NAME
    with written_whole(target) as path:
        path.write_text(bundle.model_dump_json(indent=2, by_alias=True) + "\n", encoding="utf-8")
    return target


def bundle_digest(folder: Path) -> str:
    """Name a bundle by all that is in it: ``sha256:`` and what ``sha256sum bundle.json`` says."""
    return _digest((folder / FILE_NAME).read_bytes())


def load_bundle(folder: Path, *, approved: str | None = None) -> Bundle:
    """Read ``bundle.json``, make sure that it is the `approved` one and that its files are beside it."""
    source = folder / FILE_NAME
    if not source.is_file():
        raise UsageError(
            "there is no bundle here",
            where=str(folder),
            hint="make one with `brainscore-data package FOLDER -o BUNDLE`",
        )
    content = source.read_bytes()
    if approved is not None and _digest(content) != _in_full(approved):
        raise UsageError(
            f"this is not the bundle that was approved: its digest is {_digest(content)}",
            where=str(source),
            hint=f"the approved one is {_in_full(approved)}; look at what this one holds before approving it",
        )
    try:
        bundle = Bundle.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        if first["loc"] == ("schema",):
            raise UsageError(
                f"bundle schema {first['input']!r} is not known to this version",
                where=str(source),
                hint=Hint("update brainscore-data, or ", PACKAGE_AGAIN),
            ) from error
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{place}: {first['msg']}" if place else first["msg"],
            where=str(source),
            hint=Hint(PACKAGE_AGAIN),
        ) from error
    for item in bundle.items:
        for file in item.files:
            _confirm(folder / file.name, file)
    return bundle


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


def _in_full(approved: str) -> str:
    """Write a digest as `bundle_digest` does; ``sha256sum`` says it without what it is."""
    return f"sha256:{approved.strip().lower().removeprefix('sha256:')}"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _confirm(path: Path, file: BundledFile) -> None:
    hint = Hint(PACKAGE_AGAIN)
    if not path.is_file() or path.is_symlink():
        raise DataError("listed in bundle.json but not there", where=str(path), hint=hint)
    found = measured(path).fingerprint
    if (found.sha1, found.sha256, found.size) != (file.sha1, file.sha256, file.size):
        raise DataError("its bytes are not those of bundle.json", where=str(path), hint=hint)
