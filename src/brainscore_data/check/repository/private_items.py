"""Whether the repository is public, and which of its private items show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from brainscore_data.base.github_event import event_of_this_job, is_private
from brainscore_data.base.place import Place
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.repository.facts import PrivateItem
from brainscore_data.dataset.document import header_lines, items_in, names_in
from brainscore_data.dataset.toml import WrittenManifest

# Presigned addresses of S3, Azure and Google, view-only links of OSF, tokens of GitHub and Zenodo.
_SECRETS = frozenset({"x-amz-signature", "signature", "sig", "x-goog-signature", "view_only"})
_SECRETS |= {"token", "access_token", "key", "private_token"}


def is_public(settings: Settings) -> bool | None:
    """Say whether the repository is public; None if nobody says so.

    In GitHub Actions the event has the repository, and the one that a pull request comes from:
    https://docs.github.com/en/actions/reference/workflows-and-actions/variables. What GitHub says to
    be public is so whatever the settings say: those can come with a pull request.
    """
    private = is_private(event_of_this_job() or {})
    if private is False:
        return True
    if settings.public is not None:
        return settings.public
    return None if private is None else False


def private_items(
    manifest: Path,
    written: WrittenManifest,
    committed: Callable[[str], bool],
    *,
    public: bool | None,
) -> Iterator[PrivateItem]:
    """Look at the private items; `committed` tells whether a name, or anything in it, is in git."""
    sources = written.document.get("sources")
    away_from_here = {
        name: source
        for name, source in (sources.items() if isinstance(sources, dict) else ())
        if isinstance(source, dict) and isinstance(source.get("url"), str)
    }
    # What asks for a token is open to nobody by its address.
    addresses = {
        name: source["url"]
        for name, source in away_from_here.items()
        if not source.get("token-env")
    }
    headers = header_lines(written.text)
    for kind, index, item in items_in(written.document):
        if item.get("visibility") != "private":
            continue
        table = f"[[{kind}]] {index + 1}"
        line = next(iter(headers.get(kind, ())[index : index + 1]), None)
        names = list(dict.fromkeys(name for _, name in names_in(item, manifest.parent)))
        away = [name for name in names if name in addresses]
        yield PrivateItem(
            place=Place(str(manifest), line, entry=table),
            identifier=str(item.get("identifier")),
            committed=tuple(
                name for name in names if name not in away_from_here and committed(name)
            ),
            links=tuple(name for name in away if not _has_secret(addresses[name])),
            secret_links=tuple(name for name in away if _has_secret(addresses[name])),
            is_public=public,
        )


def _has_secret(address: str) -> bool:
    try:
        query = urlsplit(address).query
        return any(key.lower() in _SECRETS and value for key, value in parse_qsl(query))
    except ValueError:
        return False
