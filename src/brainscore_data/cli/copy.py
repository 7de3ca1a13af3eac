"""``brainscore-data copy``: what is published, to another store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from brainscore_data.cli.options import checkout_option, reaching_options
from brainscore_data.cli.telling import tell, tell_note, tell_table

if TYPE_CHECKING:
    from brainscore_data.hosting.copying import Copy, Moved
    from brainscore_data.store.options import StoreOptions

_SECOND = 10**6


@click.command()
@click.argument("store_a", metavar="STORE_A")
@click.argument("store_b", metavar="STORE_B")
@click.argument("identifiers", metavar="[IDENTIFIER…]", nargs=-1)
@click.option("--plan", is_flag=True, help="Show what would be copied, and what it takes.")
@click.option(
    "--register", "registers", is_flag=True, help="Change the pins in the plugins to the new place."
)
@click.option("--allow-unversioned", is_flag=True, help="Accept a store that keeps no versions.")
@checkout_option
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("receipts.json"),
    show_default=True,
    help="Where to write receipts of items that the checkout does not name.",
)
@click.option(
    "--price",
    type=click.FloatRange(min=0),
    metavar="AMOUNT",
    help="The price of a gigabyte that leaves STORE_A.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0.001),
    metavar="MB",
    default=20.0,
    show_default=True,
    help="Megabytes a second, for the plan.",
)
@click.option("--from-endpoint-url", metavar="URL", help="The server of STORE_A, if it is another.")
@click.option("--from-region", help="The region of STORE_A, if it is another.")
@click.option("--from-profile", help="The AWS profile for STORE_A, if it is another.")
@reaching_options
def copy(
    store_a: str,
    store_b: str,
    identifiers: tuple[str, ...],
    *,
    plan: bool,
    registers: bool,
    allow_unversioned: bool,
    checkout: Path,
    output: Path,
    price: float | None,
    rate: float,
    from_endpoint_url: str | None,
    from_region: str | None,
    from_profile: str | None,
    **options: Any,
) -> None:
    """Copy what is published in STORE_A to STORE_B: the versions that are pinned, byte for byte.

    The receipts of this checkout say which versions these are, or else its registrations. Without
    IDENTIFIERs it copies all that they name in STORE_A, or all that is in it. Between two buckets of one
    server, the server copies; everything else goes through this computer. Visibility stays the same; if
    STORE_B cannot keep it, the item is refused before anything is written. Receipts get the new place.
    If it stops, run it again: it continues.
    """
    from brainscore_data.base.progress import Reported
    from brainscore_data.hosting.copying import carry_out, identifiers_to_copy, planned_copy
    from brainscore_data.hosting.receiving import Receiving
    from brainscore_data.publishing.published import current_run
    from brainscore_data.store.urls import kind_of, open_store, taken_by

    said = {"endpoint_url": from_endpoint_url, "region": from_region, "profile": from_profile}
    said = {name: value for name, value in said.items() if value is not None}
    shared = options if kind_of(store_a) is kind_of(store_b) else {}
    of_a = cast("StoreOptions", {**shared, **said})
    source = open_store(store_a, **taken_by(store_a, of_a))
    target = open_store(store_b, **taken_by(store_b, cast("StoreOptions", options)))
    names = list(identifiers) or identifiers_to_copy(source, checkout)
    run = current_run(checkout)
    found = planned_copy(
        source,
        target,
        names,
        checkout,
        run=run,
        allow_unversioned=allow_unversioned,
        report=Reported,
    )
    _tell_plan(found, price, rate)
    if plan:
        for notice in found.outlook.notices:
            tell_note(notice)
        if found.outlook.error is not None:
            raise found.outlook.error
        tell("A plan: nothing was copied.")
        return
    receiving = Receiving(checkout, output)
    moved = carry_out(
        found,
        run=run,
        allow_unversioned=allow_unversioned,
        report=Reported,
        keep=receiving.keep,
        tell=tell_note,
    )
    _tell_table(moved)
    for path in receiving.written:
        tell(f"wrote {path}")
    if not registers:
        if receiving.written:
            tell_note("run it again with --register to have the plugins pin the new place")
        return
    refused = False
    for planned in receiving.registered():
        for change in planned.changes:
            words = f": {change.reason}\n  hint: {change.hint}" if change.reason else ""
            tell(f"{planned.folder}: {change.item.identifier!r}: {change.action}{words}", err=True)
        refused = refused or bool(planned.refused)
    if refused:
        raise click.exceptions.Exit(1)


def _tell_plan(found: Copy, price: float | None, rate: float) -> None:
    from brainscore_data.base.progress import in_bytes

    written = found.to_write
    way = "inside of the server" if found.inside else "by this machine"
    files = sum(len(item.bundled.files) for item in found.items)
    tell(
        f"{len(found.items)} items, {files} files: {len(written)} to copy, {in_bytes(found.bytes)}, "
        f"{way}; the others are there"
    )
    if written:
        seconds = found.through_here / (rate * _SECOND)
        line = f"at least {found.requests} requests"
        if not found.inside:
            line += f"; about {max(1, round(seconds / 60))} min at {rate:g} MB/s"
        if price is not None:
            line += f"; {found.through_here / 10**9 * price:.2f} for what leaves the old store"
        tell(line)


def _tell_table(moved: tuple[Moved, ...]) -> None:
    tell_table(
        ("file", "old version", "new version", "sha1", "same bytes"),
        [
            [
                each.key,
                each.old_version or "null",
                each.new_version or "null",
                each.new_sha1,
                "yes" if each.same_bytes and each.old_sha1 == each.new_sha1 else "NO",
            ]
            for each in moved
        ],
    )
