"""The functions that registrations call: brainscore-core's, brainscore_language's and our own."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["stimulus_set", "assembly"]
Form = Literal["s3", "language", "own"]


class Loader(NamedTuple):
    """Whose function it is, what it loads, and its parameters in their order."""

    form: Form
    kind: Kind
    parameters: tuple[str, ...]


# The parameters of brainscore-core 2.5.0 (supported_data_standards/brainio/s3.py) and
# brainscore_language (utils/s3.py), in their order.
LOADERS = {
    "load_stimulus_set_from_s3": Loader(
        "s3",
        "stimulus_set",
        (
            "identifier",
            "bucket",
            "csv_sha1",
            "zip_sha1",
            "csv_version_id",
            "zip_version_id",
            "filename_prefix",
        ),
    ),
    "load_assembly_from_s3": Loader(
        "s3",
        "assembly",
        (
            "identifier",
            "version_id",
            "sha1",
            "bucket",
            "cls",
            "stimulus_set_loader",
            "merge_stimulus_set_meta",
        ),
    ),
    "load_from_s3": Loader(
        "language", "assembly", ("identifier", "sha1", "version_id", "assembly_prefix", "cls")
    ),
}
# brainscore_vision has functions of these names too; they take no store.
OWN_LOADERS = {
    "load_stimulus_set": Loader("own", "stimulus_set", ("identifier",)),
    "load_assembly": Loader("own", "assembly", ("identifier",)),
}
