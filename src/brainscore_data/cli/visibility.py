"""``brainscore-data visibility``: who can read what is published; opened, closed, and due."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brainscore_data.cli.groups import SuggestingGroup
from brainscore_data.cli.options import (
    checkout_option,
    reaching_options,
    store_options,
    versions_option,
    yes_option,
)
from brainscore_data.cli.telling import output_format_option, tell, tell_note, tell_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brainscore_data.hosting.checkout_edits import CheckoutTexts
    from brainscore_data.hosting.items import HostedFile, HostedItem
    from brainscore_data.store.openness import Shall


@click.group(cls=SuggestingGroup)
def visibility() -> None:
    """See who can read published items; open or close them."""


@visibility.command()
@click.argument("names", metavar="STORE|IDENTIFIER…", nargs=-1, required=True)
@click.option("--store", metavar="URL", help="The store of the identifiers.")
@reaching_options
@checkout_option
@versions_option
@output_format_option
def show(
    names: tuple[str, ...],
    *,
    store: str | None,
    checkout: Path,
    versions: tuple[str, ...],
    output_format: str,
    **options: Any,
) -> None:
    """Show who can read items now, file by file.

    For a STORE it says how the store opens public items, and shows the items that receipts of this
    repository name in it. It looks for IDENTIFIERs in --store.
    """
    from brainscore_data.base.errors import UsageError
    from brainscore_data.hosting.items import hosted_items, identifiers_in_receipts
    from brainscore_data.store.urls import kind_of, open_store

    urls = [name for name in names if kind_of(name) is not None]
    identifiers = [name for name in names if name not in urls]
    if len({*urls, *([store] if store else [])}) != 1:
        raise UsageError(
            "which store is it?" if not urls else "one store at a time",
            hint="name the identifiers and --store URL, or the URL alone",
        )
    opened = open_store(store or urls[0], **options)
    openness = opened.openness()
    wanted = identifiers or identifiers_in_receipts(checkout, opened)
    items = hosted_items(opened, wanted, checkout, versions=versions)
    if output_format == "json":
        tell(
            json.dumps(
                {"mode": openness.mode, "items": [_as_json(each) for each in items]}, indent=2
            )
        )
        return
    tell(f"{opened.location.url}: {openness}\n")
    tell_table(
        ["item", "file", "version", "tagged", "without credentials", "written"],
        [
            [
                item.identifier,
                file.stored.key,
                file.stored.version_id or "none",
                file.shown.tag or "not tagged",
                _readable(file),
                file.stored.written or "not known",
            ]
            for item in items
            for file in item.files
        ],
    )


def _readable(file: HostedFile) -> str:
    words = {None: "does not apply", True: "can be read", False: "cannot be read"}
    return words[file.shown.readable]


def _as_json(item: HostedItem) -> dict[str, Any]:
    files = [
        {
            "key": file.stored.key,
            "version_id": file.stored.version_id,
            "tag": file.shown.tag,
            "readable_without_credentials": file.shown.readable,
            "written": file.stored.written,
        }
        for file in item.files
    ]
    return {"kind": item.kind, "identifier": item.identifier, "files": files}


@visibility.command(name="set")
@click.argument("word", metavar="public|private", type=click.Choice(["public", "private"]))
@click.argument("identifiers", metavar="IDENTIFIER…", nargs=-1, required=True)
@store_options
@checkout_option
@versions_option
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@yes_option
def set_(
    word: Shall,
    identifiers: tuple[str, ...],
    *,
    store: str,
    checkout: Path,
    versions: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    **options: Any,
) -> None:
    """Open IDENTIFIERs to everybody, or close them, in the store's own way.

    It first shows what will change: the exact versions that receipts name, for a stimulus set the csv
    and the zip together. Afterwards it tries to read each file without credentials, and updates
    dataset.toml and receipts.json of this repository. Bytes and versions do not change.
    """
    from brainscore_data.hosting.access_changes import carry_out, planned_change
    from brainscore_data.hosting.checkout_edits import texts_of
    from brainscore_data.hosting.items import hosted_items
    from brainscore_data.store.urls import open_store

    opened = open_store(store, **options)
    items = hosted_items(opened, identifiers, checkout, versions=versions)
    change = planned_change(opened, items, word)
    is_readable = word == "public" and change.openness.mode != "folder"
    texts = texts_of(items, word, tried="yes" if is_readable else None)
    if not is_agreed_to(change.lines(), texts, dry_run=dry_run, yes=yes):
        return
    for item in carry_out(change):
        tried = " and ".join(sorted({_readable(file) for file in item.files}))
        tell(f"{item.identifier} is {word}; tried without credentials: {tried}")
    write_down(texts)


def is_agreed_to(lines: Iterable[str], texts: CheckoutTexts, *, dry_run: bool, yes: bool) -> bool:
    """Show what will change, and ask whether it shall."""
    for line in lines:
        tell(line)
    for path, _ in texts.texts:
        tell(f"{path}: says so, too")
    if dry_run:
        tell("A dry run: nothing was changed.")
        return False
    if not yes and not click.confirm("Go on?"):
        tell("Nothing was changed.")
        return False
    return True


def write_down(texts: CheckoutTexts) -> None:
    """Write the files of the checkout that say it, and tell what is left to do by hand."""
    for path in texts.write():
        tell(f"wrote {path}")
    for note in texts.left:
        tell_note(note)


@visibility.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path), default=Path())
@click.option(
    "--on",
    "day",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="List what is due by this date  [default: today]",
)
@output_format_option
def due(folder: Path, *, day: datetime | None, output_format: str) -> None:
    """List the items below FOLDER whose embargo has ended, and the command that opens each.

    It looks at manifests and receipts, asks no store, and never opens anything.
    """
    from brainscore_data.hosting.due import due_items

    found = due_items(folder, (day or datetime.now(UTC)).date())
    if output_format == "json":
        tell(json.dumps([each.as_json() for each in found], indent=2))
        return
    if not found:
        tell("No embargo has ended.")
        return
    tell_table(
        ["item", "embargo until", "manifest"],
        [[each.identifier, str(each.embargo), each.manifest] for each in found],
    )
    commands = dict.fromkeys(each.command for each in found)
    tell(
        "\n".join(
            ["", "The person responsible for the data decides; then an admin opens it:", *commands]
        )
    )
