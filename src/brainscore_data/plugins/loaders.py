"""The functions that registrations call: brainscore-core's, brainscore_language's and our own."""

from __future__ import annotations

from typing import Literal, NamedTuple

from brainscore_data.dataset.identifiers import Kind

Form = Literal["s3", "language", "own"]
#: What an argument is for, which decides what may be written for it.
Role = Literal[
    "identifier", "bucket", "store", "sha1", "version", "class", "stimulus_set", "flag", "prefix",
    "option", "any",
]  # fmt: skip
_ROLES: dict[str, Role] = {
    "identifier": "identifier",
    "bucket": "bucket",
    "store": "store",
    **dict.fromkeys(("sha1", "csv_sha1", "zip_sha1"), "sha1"),
    **dict.fromkeys(("version_id", "csv_version_id", "zip_version_id"), "version"),
    "cls": "class",
    "stimulus_set_loader": "stimulus_set",
    "merge_stimulus_set_meta": "flag",
    **dict.fromkeys(("filename_prefix", "assembly_prefix"), "prefix"),
    **dict.fromkeys(("endpoint_url", "region", "profile", "addressing_style"), "option"),
    **dict.fromkeys(("ca_bundle", "expected_bucket_owner"), "option"),
    **dict.fromkeys(("timeout", "session"), "any"),
}


class Parameter(NamedTuple):
    """A parameter of a loader."""

    name: str
    role: Role
    is_required: bool  # whether the call fails without it
    is_named: bool  # whether it can be given by name only


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


def _loader(form: Form, kind: Kind, signature: str) -> Loader:
    """Take parameters as a signature has them: ``=`` may be left out, after ``*`` come names."""
    positional, _, named = signature.partition(", *, ")
    return Loader(
        form,
        kind,
        tuple(
            Parameter(name, _ROLES[name], is_required=not optional, is_named=is_named)
            for part, is_named in ((positional, False), (named, True))
            for name, optional, _ in (each.partition("=") for each in part.split(", ") if each)
        ),
    )


#: Where brainscore-core has loaders, assemblies and stimulus sets.
BRAINIO = "brainscore_core.supported_data_standards.brainio"
# The keywords of brainscore_data.store.options.StoreOptions.
_OPTIONS = (
    "endpoint_url=, region=, profile=, addressing_style=, ca_bundle=, expected_bucket_owner=, "
    "timeout=, session="
)
# The parameters of brainscore-core 2.5.0 (supported_data_standards/brainio/s3.py) and
# brainscore_language (utils/s3.py), in their order.
LOADERS = {
    "load_stimulus_set_from_s3": _loader(
        "s3",
        "stimulus_set",
        "identifier, bucket, csv_sha1, zip_sha1, csv_version_id, zip_version_id, filename_prefix=",
    ),
    "load_assembly_from_s3": _loader(
        "s3",
        "assembly",
        "identifier, version_id, sha1, bucket, cls, stimulus_set_loader=, merge_stimulus_set_meta=",
    ),
    "load_from_s3": _loader(
        "language", "assembly", "identifier, sha1, version_id=, assembly_prefix=, cls="
    ),
}
# brainscore_vision has functions of these names too; they take no store.
OWN_LOADERS = {
    "load_stimulus_set": _loader(
        "own",
        "stimulus_set",
        "identifier, *, store, csv_version_id=, zip_version_id=, csv_sha1=, zip_sha1=, cls=, "
        + _OPTIONS,
    ),
    "load_assembly": _loader(
        "own",
        "assembly",
        "identifier, *, store, version_id=, sha1=, cls=, stimulus_set_loader=, "
        "merge_stimulus_set_meta=, " + _OPTIONS,
    ),
}
