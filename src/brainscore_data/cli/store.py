"""``brainscore-data store``: what a store can do, before anything is published to it."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import click

from brainscore_data.cli.groups import SuggestingGroup
from brainscore_data.cli.known_buckets import suggesting_buckets
from brainscore_data.cli.options import reaching_options
from brainscore_data.cli.telling import answer_lines, output_format_option, tell
from brainscore_data.store.preflight import Preflight


@click.group(cls=SuggestingGroup)
def store() -> None:
    """Look at a store before anything is published to it."""


@store.command()
@click.argument("url", metavar="URL")
@reaching_options
@click.option("--allow-unversioned", is_flag=True, help="Accept a store that keeps no versions.")
@output_format_option
def check(url: str, *, allow_unversioned: bool, output_format: str, **options: Any) -> int:
    """Say who you are to the store at URL, what you may do there and what it guarantees.

    It changes nothing in a bucket on AWS. On other servers it writes two small objects, which stay:
    .brainscore-data/probe and .brainscore-data/check.

    Exits with 0 if `brainscore-data publish` would succeed, and with 2 if not.
    """
    from brainscore_data.store.preflight import preflight
    from brainscore_data.store.urls import open_store

    with suggesting_buckets(url, refuse=True):
        found = preflight(open_store(url, **options), allow_unversioned=allow_unversioned)
    if output_format == "json":
        tell(json.dumps(dataclasses.asdict(found), indent=2))
    else:
        tell(_text(found))
    return 0 if found.publishes else 2


def _text(found: Preflight) -> str:
    lines = [found.location.url, "", *answer_lines(found.answers), "", found.conclusion]
    return "\n".join(lines)
