"""``brainscore-data retract`` and ``erase``: take back what is published."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from brainscore_data.cli.options import checkout_option, store_options, versions_option, yes_option
from brainscore_data.cli.telling import tell
from brainscore_data.cli.visibility import is_agreed_to, write_down

_because = click.option(
    "--because", required=True, metavar="TEXT", help="What is wrong; readers see this."
)
_dry_run = click.option(
    "--dry-run", is_flag=True, help="Show what would happen, and change nothing."
)


@click.command()
@click.argument("identifiers", metavar="IDENTIFIER…", nargs=-1, required=True)
@_because
@store_options
@checkout_option
@versions_option
@click.option("--undo", is_flag=True, help="The retraction was a mistake: remove it.")
@_dry_run
@yes_option
def retract(
    identifiers: tuple[str, ...],
    *,
    because: str,
    store: str,
    checkout: Path,
    versions: tuple[str, ...],
    undo: bool,
    dry_run: bool,
    yes: bool,
    **options: Any,
) -> None:
    """Take IDENTIFIERs back: close the versions that receipts name, and write down why.

    The bytes stay. Whoever pinned them and has access still reads them, and sees the reason. It updates
    dataset.toml and receipts.json of this repository. Name earlier versions with --version-id. You can
    publish a corrected version, by `replaces`. --undo removes the retraction; the items stay closed
    until you open them with `visibility set public`.
    """
    from brainscore_data.hosting.access_changes import planned_change
    from brainscore_data.hosting.checkout_edits import texts_of
    from brainscore_data.hosting.items import hosted_items
    from brainscore_data.hosting.retracting import Reason, lines_of, require_retracted
    from brainscore_data.hosting.retracting import retract as take_back
    from brainscore_data.publishing.published import current_run
    from brainscore_data.store.urls import open_store

    run = current_run(checkout)
    reason = Reason(because, run.who, run.when)
    opened = open_store(store, **options)
    items = hosted_items(opened, identifiers, checkout, versions=versions, earlier=True)
    if undo:
        require_retracted(items)
    change = planned_change(opened, items, "private")
    named = [item for item in items if item.receipts is not None]
    texts = texts_of(named, "private", tried=None if undo else "retracted")
    if not is_agreed_to(lines_of(change), texts, dry_run=dry_run, yes=yes):
        return
    state: Literal["restored", "retracted"] = "restored" if undo else "retracted"
    for item in take_back(change, reason, state=state):
        tell(
            f"{item.identifier} ({item.kind.replace('_', ' ')}) is {state}: {reason.because.strip()}"
        )
    write_down(texts)
    tell(
        "It stays private: `brainscore-data visibility set public` opens it."
        if undo
        else "Downloaded copies stay. Its registration still names this version."
    )


@click.command()
@click.argument("identifier", metavar="IDENTIFIER")
@_because
@store_options
@checkout_option
@versions_option
@_dry_run
@click.option(
    "--confirm", metavar="IDENTIFIER", help="The identifier once more, if nobody can answer."
)
def erase(
    identifier: str,
    *,
    because: str,
    store: str,
    checkout: Path,
    versions: tuple[str, ...],
    dry_run: bool,
    confirm: str | None,
    **options: Any,
) -> None:
    """Delete the versions of IDENTIFIER for good, and say which copies remain.

    Use this for personal data that was published by mistake; for anything else use `retract`. It needs
    s3:DeleteObjectVersion: give that to a role of its own. You type the identifier once more.
    A record stays, without any of the content.
    """
    from brainscore_data.base.errors import UsageError
    from brainscore_data.hosting.erasing import erase as delete
    from brainscore_data.hosting.erasing import planned_erasure, remains
    from brainscore_data.hosting.items import hosted_items
    from brainscore_data.hosting.retracting import Reason
    from brainscore_data.publishing.published import current_run
    from brainscore_data.store.urls import open_store

    run = current_run(checkout)
    reason = Reason(because, run.who, run.when)
    opened = open_store(store, **options)
    items = hosted_items(opened, [identifier], checkout, versions=versions, earlier=True)
    erasure = planned_erasure(opened, items)
    for line in erasure.lines():
        tell(line)
    if not dry_run:
        typed = confirm if confirm is not None else click.prompt("Type the identifier to erase it")
        if typed != identifier:
            raise UsageError(
                f"nothing was erased: {typed!r} is not {identifier!r}",
                hint="type the identifier as it is, or leave it",
            )
        delete(erasure, reason)
    tell("A dry run: nothing was erased." if dry_run else f"{identifier} is erased.")
    tell("\nWhat remains, and what to do about it:")
    for copy in remains(erasure):
        tell(f"- {copy}")
