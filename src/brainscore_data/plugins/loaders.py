"""The functions that registrations call: brainscore-core's, brainscore_language's and our own."""

from __future__ import annotations

from typing import Literal, NamedTuple

from brainscore_data.dataset.identifiers import Kind

Form = Literal["s3", "language", "own"]
#: What an argument is for, which decides what may be written for it.
Role = Literal[
    "identifier",
    "bucket",
    "store",
    "sha1",
    "version",
    "class",
    "stimulus_set",
    "flag",
    "prefix",
    "option",
    "any",
]


class Parameter(NamedTuple):
    """A parameter of a loader."""

    name: str
    role: Role
    is_required: bool = True  # whether the call fails without it
    is_named: bool = False  # whether it can be given by name only


class Loader(NamedTuple):
    """Whose function it is, what it loads, and its parameters in their order."""

    form: Form
    kind: Kind
    all: tuple[Parameter, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of those that may be given without their names."""
        return tuple(each.name for each in self.all if not each.is_named)

    def find(self, name: str) -> Parameter | None:
        """Give the parameter of a name; None if there is none."""
        return next((each for each in self.all if each.name == name), None)


def _named(name: str, role: Role, *, required: bool = False) -> Parameter:
    return Parameter(name, role, is_required=required, is_named=True)


# The keywords of brainscore_data.store.options.StoreOptions.
_OPTIONS = (
    _named("endpoint_url", "option"),
    _named("region", "option"),
    _named("profile", "option"),
    _named("addressing_style", "option"),
    _named("ca_bundle", "option"),
    _named("expected_bucket_owner", "option"),
    _named("timeout", "any"),
    _named("session", "any"),
)
# The parameters of brainscore-core 2.5.0 (supported_data_standards/brainio/s3.py) and
# brainscore_language (utils/s3.py), in their order.
LOADERS = {
    "load_stimulus_set_from_s3": Loader(
        "s3",
        "stimulus_set",
        (
            Parameter("identifier", "identifier"),
            Parameter("bucket", "bucket"),
            Parameter("csv_sha1", "sha1"),
            Parameter("zip_sha1", "sha1"),
            Parameter("csv_version_id", "version"),
            Parameter("zip_version_id", "version"),
            Parameter("filename_prefix", "prefix", is_required=False),
        ),
    ),
    "load_assembly_from_s3": Loader(
        "s3",
        "assembly",
        (
            Parameter("identifier", "identifier"),
            Parameter("version_id", "version"),
            Parameter("sha1", "sha1"),
            Parameter("bucket", "bucket"),
            Parameter("cls", "class"),
            Parameter("stimulus_set_loader", "stimulus_set", is_required=False),
            Parameter("merge_stimulus_set_meta", "flag", is_required=False),
        ),
    ),
    "load_from_s3": Loader(
        "language",
        "assembly",
        (
            Parameter("identifier", "identifier"),
            Parameter("sha1", "sha1"),
            Parameter("version_id", "version", is_required=False),
            Parameter("assembly_prefix", "prefix", is_required=False),
            Parameter("cls", "class", is_required=False),
        ),
    ),
}
# brainscore_vision has functions of these names too; they take no store.
OWN_LOADERS = {
    "load_stimulus_set": Loader(
        "own",
        "stimulus_set",
        (
            Parameter("identifier", "identifier"),
            _named("store", "store", required=True),
            _named("csv_version_id", "version"),
            _named("zip_version_id", "version"),
            _named("csv_sha1", "sha1"),
            _named("zip_sha1", "sha1"),
            _named("cls", "class"),
            *_OPTIONS,
        ),
    ),
    "load_assembly": Loader(
        "own",
        "assembly",
        (
            Parameter("identifier", "identifier"),
            _named("store", "store", required=True),
            _named("version_id", "version"),
            _named("sha1", "sha1"),
            _named("cls", "class"),
            _named("stimulus_set_loader", "stimulus_set"),
            _named("merge_stimulus_set_meta", "flag"),
            *_OPTIONS,
        ),
    ),
}
