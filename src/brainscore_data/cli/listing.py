"""``brainscore-data list``: what is in a store."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from brainscore_data.cli.known_buckets import suggesting_buckets
from brainscore_data.cli.options import reaching_options
from brainscore_data.cli.telling import forms_option, tell, tell_note, tell_table

if TYPE_CHECKING:
    from brainscore_data.hosting.holdings import ListedItem, Month

_ITEMS = (
    "identifier",
    "kind",
    "versions",
    "size",
    "visibility",
    "license",
    "who",
    "when",
    "pull request",
)


@click.command(name="list")
@click.argument("store", metavar="STORE")
@reaching_options
@click.option("--by-month", is_flag=True, help="Show how the store grew, in place of its items.")
@click.option(
    "--price",
    metavar="AMOUNT",
    type=click.FloatRange(min=0),
    help="The price of a gigabyte (10⁹ bytes) for a month; shows the cost of each month.",
)
@forms_option("text", "csv", "json", how="The form of the output; json has both items and months.")
def list_(
    store: str, *, by_month: bool, price: float | None, output_format: str, **options: Any
) -> None:
    """List what is in STORE: every item, its versions, and who can read it, tried now.

    License, publisher, date and pull request are what the writer of the file said. If you may not read
    tags, you see less of these.
    """
    from brainscore_data.hosting.holdings import growth, listed_items
    from brainscore_data.store.urls import open_store

    with suggesting_buckets(store):
        opened = open_store(store, **options)
        inventory = opened.upkeep.inventory()
    months = growth(inventory)
    shows_months = by_month or price is not None
    items = [] if shows_months and output_format != "json" else listed_items(opened, inventory)
    if output_format == "json":
        found = {
            "store": opened.location.url,
            "items": [each.as_json() for each in items],
            "months": [_month_as_json(each, price) for each in months],
            "folders": list(inventory.folders),
        }
        tell(json.dumps(found, indent=2))
        return
    head, rows = _months(months, price) if shows_months else (_ITEMS, list(map(_row, items)))
    if output_format == "csv":
        tell(_as_csv(head, rows), nl=False)
        return
    tell_table(head, _for_people(head, rows))
    if not shows_months:
        stored = sum(each.stored for each in items)
        tell(f"\n{len(items)} items; with all versions {_in_bytes(stored)}")
    for folder in inventory.folders:
        tell_note(f"what is in {opened.location.url}/{folder} is a list of its own")


def _row(item: ListedItem) -> list[Any]:
    kind = "other file" if item.kind is None else item.kind.replace("_", " ")
    return [
        item.identifier,
        kind,
        item.versions,
        item.size,
        item.visibility,
        item.license,
        item.who,
        item.when,
        item.pull_request,
    ]


def _months(months: Sequence[Month], price: float | None) -> tuple[Sequence[str], list[list[Any]]]:
    head = ["month", "versions", "added size", "size"]
    rows: list[list[Any]] = [
        [each.month, each.versions, each.added, each.stored] for each in months
    ]
    if price is None:
        return head, rows
    costs = (f"{each.cost(price):.2f}" for each in months)
    return [*head, "cost"], [[*row, cost] for row, cost in zip(rows, costs, strict=True)]


def _month_as_json(month: Month, price: float | None) -> dict[str, Any]:
    return {**vars(month), "cost": None if price is None else round(month.cost(price), 6)}


def _for_people(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    sizes = {number for number, name in enumerate(head) if name.endswith("size")}
    return [
        [
            _in_bytes(cell) if number in sizes else "" if cell is None else str(cell)
            for number, cell in enumerate(row)
        ]
        for row in rows
    ]


def _in_bytes(amount: int) -> str:
    from brainscore_data.base.progress import in_bytes

    return in_bytes(amount)


def _as_csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([head, *rows])
    return text.getvalue()
