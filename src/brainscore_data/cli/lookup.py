"""``brainscore-data lookup``."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import click

from brainscore_data.cli.known_buckets import suggesting_buckets
from brainscore_data.cli.options import store_options
from brainscore_data.cli.telling import tell, tell_note

if TYPE_CHECKING:
    from brainscore_data.reading.recovery import FoundVersion


@click.command()
@click.argument("identifier")
@store_options
@click.option("--read", is_flag=True, help="Read and hash what only its writer vouches for.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lookup(identifier: str, *, as_json: bool, **options: Any) -> None:
    """List hashes and version ids of what is published as IDENTIFIER, the earliest first."""
    from brainscore_data.reading.recovery import lookup as find_versions

    with suggesting_buckets(options["store"]):
        versions = find_versions(identifier, tell=tell_note, **options)
    if as_json:
        tell(json.dumps([dataclasses.asdict(version) for version in versions], indent=2))
        return
    covered = {version.key for version in versions if version.on_top}
    for version in versions:
        tell(_text(version, is_covered=version.key in covered))


def _text(version: FoundVersion, *, is_covered: bool) -> str:
    latest = "  (published)" if is_covered else "  (latest)"
    mark = latest if version.latest else "  (on top, not published)" if version.on_top else ""
    tags = version.tags or {}
    lines = [
        f"{version.key}{mark}",
        f"  version id  {version.version_id}",
        f"  sha1        {version.sha1}",
        f"  sha256      {version.sha256}",
        f"  size        {version.size:,}",
        f"  known by    {version.verified}",
    ]
    lines += [f"  {name:<10}  {tags[name]}" for name in ("uploadedBy", "commit") if name in tags]
    return "\n".join(lines)
