"""A token for files that are not open: out of the environment, to the host that is named and no other.

The manifest is a stranger's until it is merged. It names a variable and an address, and does not decide
which token goes where: a token that is known goes to its own archive, any other to hosts that this
machine's owner trusts.
"""

from __future__ import annotations

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.github_event import event_of_this_job, is_private
from brainscore_data.https.addresses import TRUSTED_HOSTS, is_trusted
from brainscore_data.https.tokens import Token, origin_of, token_in

# OSF's files are at files.osf.io, to which osf.io redirects: https://developer.osf.io
_ARCHIVES = {
    "OSF_TOKEN": frozenset({"osf.io", "api.osf.io", "files.osf.io"}),
    "ZENODO_TOKEN": frozenset({"zenodo.org"}),
    "FIGSHARE_TOKEN": frozenset({"figshare.com", "api.figshare.com", "ndownloader.figshare.com"}),
}
# What runners and clouds have there for themselves: never for a source.
_NOT_FOR_SOURCES = ("ACTIONS_", "AWS_", "AZURE_", "GH_", "GITHUB_", "GOOGLE_", "RUNNER_")


def token_for(variable: str | None, url: str) -> Token | None:
    """Take the token for a source from the environment; None for a source that is open."""
    if variable is None:
        return None
    event = event_of_this_job()
    if event is not None and is_private(event) is not True:
        raise UsageError(
            f"the token in {variable} is used in a private repository only, and this job's is "
            f"{'public' if is_private(event) is False else 'not known to be private'}",
            hint="keep files that are not open, and their dataset, in a private repository",
        )
    _refuse_destination(variable, url)
    value = token_in(variable)
    if value is None:
        raise UsageError(
            f"the variable {variable} has no token",
            hint=f"set {variable} to a token of yours that may read the file; in a workflow, from "
            "a secret, for the step that packages",
        )
    return Token(variable, frozenset({origin_of(url)}), value)


def _refuse_destination(variable: str, url: str) -> None:
    host, port = origin_of(url)
    if variable.startswith(_NOT_FOR_SOURCES):
        raise DataError(
            f"{variable} is never sent to a source",
            hint="name a variable made for it, such as OSF_TOKEN",
        )
    archive = _ARCHIVES.get(variable, frozenset())
    if (port == 443 and host in archive) or is_trusted(host, port):
        return
    own = "the program knows no archive for it"
    if archive:
        own = f"{variable} goes to {', '.join(sorted(archive))}"
    raise DataError(
        f"the token in {variable} is not sent to {host}: {own}",
        hint=f"if it is your lab's own server, allow it: {TRUSTED_HOSTS}={host}:{port}",
    )
