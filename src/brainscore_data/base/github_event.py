"""What GitHub says of the event that started a job: read in one way by whoever asks.

A check asks for one thing, with the standard library only; the action takes what it gets from here
through the models of what GitHub describes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brainscore_data.base.errors import UsageError

_LARGEST = 32 << 20  # GitHub's own limit for payloads is 25 MB


def read_event(path: Path) -> dict[str, Any]:
    """Read the file that ``GITHUB_EVENT_PATH`` names."""
    where = f"GITHUB_EVENT_PATH={path}"
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            reason = f"it is larger than {_LARGEST >> 20} MiB"
        elif isinstance(event := json.loads(content.decode("utf-8")), dict):
            return event
        else:
            reason = "it is not a JSON object"
    except OSError as error:
        reason = error.strerror or str(error)
    except (ValueError, RecursionError) as error:
        reason = f"it is not JSON ({error})"
    raise UsageError(
        f"the event cannot be read: {reason}",
        where=where,
        hint="GitHub writes this file: take the variable out of the workflow's `env` if it is "
        "there; a container needs the folder with the event, too",
    ) from None


def event_of_this_job() -> dict[str, Any] | None:
    """Give the event of the workflow that this runs in; None outside of workflows.

    One that cannot be read says nothing: here it is empty, and the action says so.
    """
    path = os.environ.get("GITHUB_EVENT_PATH")
    try:
        return read_event(Path(path)) if path else None
    except UsageError:
        return {}


def is_private(event: Mapping[str, Any]) -> bool | None:
    """Say whether an event's repository, and the one that a pull request comes from, are private.

    Both together; None if the event does not say.
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
    """
    head = event.get("pull_request")
    head = head.get("head") if isinstance(head, dict) else None
    fork = head.get("repo") if isinstance(head, dict) else None
    said = [_private(event.get("repository"))]
    if isinstance(fork, dict):  # one that is gone shows nothing any more
        said.append(_private(fork))
    if False in said:
        return False
    return None if None in said else True


def _private(repository: Any) -> bool | None:
    private = repository.get("private") if isinstance(repository, dict) else None
    return private if isinstance(private, bool) else None
