"""What a project answers before anything is published: who one is, and what one may do."""

from __future__ import annotations

from typing import Any

from brainscore_data.base.errors import UsageError
from brainscore_data.base.text import one_line
from brainscore_data.store.interface import Answer, ReadOnlyStoreError
from brainscore_data.store.osf.connection import TOKEN_VARIABLE, OSFConnection
from brainscore_data.store.osf.notes import Notes


def obstacle(connection: OSFConnection, notes: Notes | None) -> str | None:
    """Say why this caller cannot write; with the notes, that is tried."""
    if not connection.has_token:
        return f"there is no token in {TOKEN_VARIABLE}"
    if "write" not in _attributes(connection).get("current_user_permissions", []):
        return "the token's owner may read this project, and not write to it"
    if (full := _quota(connection)) is not None:
        return full
    if notes is not None:
        try:
            notes.prepared()
        except ReadOnlyStoreError as error:
            return error.message
    return None


def _quota(connection: OSFConnection) -> str | None:
    """Say whether the quota is used up; who may not ask is told by the first upload."""
    try:
        found = connection.api(f"nodes/{connection.project}/storage/")
        status = str(found["attributes"]["storage_limit_status"])
    except (UsageError, KeyError, TypeError):
        return None
    if connection.is_public:
        return "its quota of 50 GB is used up" if status == "OVER_PUBLIC" else None
    over = status in {"OVER_PRIVATE", "APPROACHING_PUBLIC", "OVER_PUBLIC"}
    return "its quota of 5 GB is used up (the project is private)" if over else None


def answers(connection: OSFConnection) -> tuple[Answer, ...]:
    """Ask all of it."""
    said = _attributes(connection)
    title = one_line(str(said.get("title")))
    what = f"{connection.project} is the project {title!r}"
    if (parent := _parent(connection.node)) is not None:
        what = (
            f"{connection.project} is the component {title!r} of {parent}: its files, its quota and "
            "who may read it are its own"
        )
    found = [
        Answer("project", "yes", what),
        Answer("read", "yes", "you may read what is there, and its versions"),
    ]
    hint = "a token of somebody who may write, with the scope osf.full_write, is needed"
    if not connection.has_token:
        found.append(Answer("write", "no", f"there is no token in {TOKEN_VARIABLE}", hint))
    elif "write" in said.get("current_user_permissions", []):
        found.append(Answer("write", "yes", "the token's owner may write"))
    else:
        found.append(Answer("write", "no", "the token's owner may read, and not write", hint))
    if (full := _quota(connection)) is not None:
        found.append(Answer("quota", "no", full, "use another component: each has its own quota"))
    return tuple(found)


def _attributes(connection: OSFConnection) -> dict[str, Any]:
    found: dict[str, Any] = connection.node.get("attributes", {})
    return found


def _parent(node: dict[str, Any]) -> str | None:
    parent = node.get("relationships", {}).get("parent") or {}
    data = parent.get("data") or {}
    return one_line(str(data["id"])) if data.get("id") else None
