"""Whether the source of a registration tells which files it loads."""

from __future__ import annotations

from brainscore_data.dataset.identifiers import Kind
from brainscore_data.plugins.parse import PINS, Registration

# What says which object is read: left open, nobody can tell which it is.
_PLACING = frozenset({"identifier", "bucket", "store", "endpoint_url", "region"})
#: How the names of files begin, unless the loader is told otherwise: `get_path` of brainscore-core
#: 2.5.0 (supported_data_standards/brainio/s3.py) and brainscore_language's utils/s3.py.
PREFIXES: dict[Kind, tuple[str, str]] = {
    "stimulus_set": ("filename_prefix", "stimulus_"),
    "assembly": ("assembly_prefix", "assy_"),
}


def why_not_followed(registration: Registration) -> str | None:
    """Say why only running the plugin would tell what is loaded; None if the source tells it."""
    call, kind = registration.call, registration.kind
    if call is None:
        return "it is loaded in a way of its own, so only running the plugin would tell its files"
    telling = {*_PLACING, PREFIXES[kind][0]}.union(*PINS[kind].values())
    if not call.is_complete:
        return "it computes its arguments, so only running the plugin would tell them"
    if computed := sorted(call.computed & telling):
        return f"it computes {', '.join(computed)}, so only running the plugin would tell"
    return None


def why_untold(registration: Registration) -> str | None:
    """Say why nobody can tell which files a registration loads; None if the source tells it."""
    call = registration.call
    if (reason := why_not_followed(registration)) is not None or call is None:
        return reason
    if not call.identifier or not call.store:
        missing = "identifier" if not call.identifier else "store"
        return f"it names no {missing} as a text"
    return None
