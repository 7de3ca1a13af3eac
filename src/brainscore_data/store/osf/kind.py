"""The kind of store that is a project at OSF: how it is named, and what says how to reach it."""

from __future__ import annotations

import importlib.util
import re
from urllib.parse import urlsplit

from brainscore_data.base.errors import UsageError
from brainscore_data.base.extras import install_line
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.store.interface import Store
from brainscore_data.store.options import CERTIFICATES, SERVER, Kind, StoreOptions
from brainscore_data.store.urls import misspelt

_PROJECT = re.compile(r"[a-z0-9]{5,}", re.ASCII)
_PAGE = re.compile(r"(?:https?://)?(?:www\.)?osf\.io/(?P<project>[a-z0-9]{5,})(?:/.*)?", re.ASCII)


def osf_parts(url: str) -> tuple[str, tuple[str, ...]]:
    """Split an ``osf://`` URL into the project and the names of the folders in it."""
    project, _, rest = url.removeprefix("osf://").partition("/")
    if not _PROJECT.fullmatch(project):
        right = _PROJECT.fullmatch(project.lower())
        if right:
            raise misspelt(url, f"osf://{project.lower()}/{rest}".rstrip("/"))
        raise UsageError(
            f"{project!r} cannot be a project at OSF"
            if project
            else "this names no project at OSF",
            where=url,
            hint="take it from the project's address: osf://4xf2d for https://osf.io/4xf2d/",
        )
    path = rest.removesuffix("/")
    folders = tuple(path.split("/")) if path else ()
    for name in folders:
        if not is_key_safe(name):
            raise UsageError(
                f"{name!r} cannot be a folder of a store",
                where=url,
                hint="use letters, digits, '.', '_' and '-', with a letter or a digit first; the "
                "form is osf://project/folder",
            )
    return project, folders


def _open(url: str, options: StoreOptions) -> Store:
    project, folders = osf_parts(url)
    endpoint = options.get("endpoint_url")
    if endpoint and not endpoint.startswith("https://"):
        raise UsageError(
            "the program talks to OSF over https only",
            where=endpoint,
            hint="begin it with https://",
        )
    if importlib.util.find_spec("requests") is None:
        raise UsageError(
            "a store at OSF needs requests, which is not installed",
            where=url,
            hint=f"run: {install_line('osf')}",
        )
    from brainscore_data.store.osf.connection import OSFConnection
    from brainscore_data.store.osf.project import OSFStore

    connection = OSFConnection(project, endpoint, options.get("ca_bundle"), options.get("timeout"))
    return OSFStore(connection, folders)


def misspelt_page(url: str) -> UsageError | None:
    """Name the project of a page at osf.io; None for any other address."""
    match = _PAGE.fullmatch(url)
    return misspelt(url, f"osf://{match['project']}") if match else None


def _refusal(url: str) -> UsageError | None:
    if (page := misspelt_page(url)) is not None:
        return page
    if urlsplit(url).scheme.lower() == "osf" or url.lower().startswith("osf/"):
        return misspelt(url, "osf://" + re.sub(r"(?i)^osf:?/*", "", url))
    return None


KIND = Kind(
    "OSF",
    "osf://project/folder",
    _open,
    extra="osf",
    options=(SERVER, CERTIFICATES),
    refusal=_refusal,
)
