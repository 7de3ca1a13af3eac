"""What a comment holds for machines: whose it is, and the receipts that it shows.

Both are HTML comments, which a browser does not show. The first line of a comment says which
workflow wrote it. Receipts are JSON with its hash, so that a change by hand is noticed. The hash is
no signature: who wrote a comment is what GitHub says of its author.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brainscore_data.records.receipts import Receipts

_MARKER = re.compile(r"<!-- brainscore-data:workflow (?P<workflow>[A-Za-z0-9._/-]+) -->\r?\n")
_BLOCK = re.compile(
    r"^<!-- brainscore-data:receipts sha256=(?P<sha256>[0-9a-f]{64}) (?P<json>\{.*\}) -->\r?$",
    re.MULTILINE,
)
# With `/` between the parts, on each system.
Folder = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f\\:]+$")]


class Embedded(BaseModel):
    """The receipts in a comment, and where the comment belongs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    repository: str
    pull_request: int
    receipts: dict[Folder, Receipts]  # by the dataset, from the root of the repository


def marker(workflow: str) -> str:
    """Write the first line of a workflow's comments.

    Examples
    --------
    >>> marker(".github/workflows/publish.yml")
    '<!-- brainscore-data:workflow .github/workflows/publish.yml -->'
    >>> marker("--> @all")
    '<!-- brainscore-data:workflow ____all -->'
    """
    # No two dashes in a row: they might end the comment.
    safe = re.sub(r"-{2,}|[^A-Za-z0-9._/-]", "_", workflow)
    return f"<!-- brainscore-data:workflow {safe or '_'} -->"


def workflow_file(workflow_ref: str) -> str:
    """Take the file out of ``GITHUB_WORKFLOW_REF``.

    Examples
    --------
    >>> workflow_file("lab/data/.github/workflows/check.yml@refs/pull/1/merge")
    '.github/workflows/check.yml'
    """
    path = workflow_ref.partition("@")[0].split("/", 2)
    return path[-1]


def marked_by(body: str) -> str | None:
    """Find which workflow wrote a comment; only its very beginning is believed."""
    found = _MARKER.match(body)
    return found["workflow"] if found else None


def embed(repository: str, pull_request: int, receipts: Mapping[str, Receipts]) -> str:
    """Write receipts as one line of HTML comment.

    Nothing in it ends the comment, and nothing is a mention or a reference, wherever it is read.
    """
    said = Embedded(repository=repository, pull_request=pull_request, receipts=dict(receipts))
    content = said.model_dump(mode="json", by_alias=True)
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=True)
    # In such JSON these stand in texts only: there is no number below zero.
    for character in "<>&@#`":
        text = text.replace(character, f"\\u{ord(character):04x}")
    text = text.replace("--", "-\\u002d")
    return f"<!-- brainscore-data:receipts sha256={_sha256(text)} {text} -->"


def parse(body: str) -> Embedded | None:
    """Read the receipts in a comment whose author is known; None if they are not as they were written."""
    blocks = _BLOCK.findall(body)
    if marked_by(body) is None or len(blocks) != 1:
        return None
    sha256, text = blocks[0]
    if _sha256(text) != sha256:
        return None
    try:
        found = Embedded.model_validate_json(text)
    except ValidationError:
        return None
    return found if all(_is_below(folder) for folder in found.receipts) else None


def _is_below(folder: str) -> bool:
    parts = folder.split("/")
    return folder == "." or not {"", ".", ".."}.intersection(parts)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
