"""``brainscore-data publish``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brainscore_data.cli.known_buckets import suggesting_buckets
from brainscore_data.cli.options import (
    check_options,
    jobs_option,
    shard_option,
    size,
    store_options,
)
from brainscore_data.cli.telling import (
    form_option,
    tell,
    tell_lines,
    tell_next,
    tell_note,
    tell_receipt,
    tell_table,
)

if TYPE_CHECKING:
    from brainscore_data.publishing.planning import Plan


@click.command()
@click.argument("folder", metavar="FOLDER|BUNDLE|URL")
@store_options
@click.option(
    "--receipts",
    type=click.Path(path_type=Path),
    help="Where to keep the receipts  [default: receipts.json in the folder]",
)
@click.option(
    "-o",
    "--output",
    "bundle",
    metavar="BUNDLE",
    type=click.Path(path_type=Path),
    help="Keep the bundle of FOLDER here.",
)
@click.option(
    "--allow-unversioned",
    is_flag=True,
    help="Accept a store that keeps no versions; nothing in it is ever overwritten.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show what would happen to each file, and write nothing to the store.",
)
@click.option(
    "--approve-digest",
    metavar="DIGEST",
    help="Publish this bundle and no other: sha256:…, as `package` shows it.",
)
@shard_option
@click.option(
    "--disk",
    metavar="SIZE",
    type=size,
    help="Take no more disk than SIZE, e.g. 300MB, where a quota leaves you less than what is free.",
)
@check_options
@jobs_option
@form_option
def publish(folder: str, *, output_format: str, **options: Any) -> None:
    """Put a dataset, or a bundle made of one, into a store and print the receipt.

    The program checks a dataset first, and an error stops it. A bundle was checked when it was made.
    A bundle that a script made, or that somebody submitted to URL, is published only with
    --approve-digest; the store copies it from URL itself.

    It does not send a file again that is in the store with the same content. If the key of one item
    holds other content, it writes nothing.

    Where the disk does not hold all of a dataset at once, it goes in rounds: some items are fetched,
    packaged, sent and deleted, then the next ones. A round takes no more disk than the largest item.
    If an item is refused then, those of earlier rounds are published already.
    """
    from brainscore_data.base.progress import Reported
    from brainscore_data.base.text import one_line
    from brainscore_data.plugins.receipt_markdown import render_markdown
    from brainscore_data.publishing.folders import publish as publish_folder
    from brainscore_data.records.bundle import record_text

    with suggesting_buckets(
        options["store"], near=Path() if "://" in folder else Path(folder), refuse=True
    ):
        published = publish_folder(folder, report=Reported, say=tell_note, **options)
    for notice in published.notices:
        tell_note(one_line(notice))
    if options["dry_run"]:
        _tell_plan(published.plan)
        if published.error is not None:
            raise published.error
        return
    home = Path("" if "://" in folder else folder).absolute().as_posix()
    receipts = published.receipts
    if output_format == "json":
        tell(record_text(receipts), nl=False, as_it_is=True)
    elif output_format == "markdown":
        tell(render_markdown(receipts, folder=home), nl=False)
    else:
        tell_receipt(receipts, folder=home)
        if receipts.shard is not None:
            tell_next(shlex.join(["brainscore-data", "receipt", "merge", home]))
        elif receipts.items:
            tell_next(shlex.join(["brainscore-data", "register", str(options["receipts"] or home)]))


def _tell_plan(plan: Plan) -> None:
    """Lay out what is planned: a line for each file, in the order of publication."""
    from brainscore_data.base.progress import in_bytes

    lines = [
        (
            file.status,
            file.key,
            in_bytes(file.bundled.size),
            item.bundled.visibility or "as the bucket has it",
            f"replaces version {file.replaces}" if file.replaces else "",
        )
        for item in plan.items
        for file in item.files
    ]
    sizes = [file.bundled.size for item in plan.items for file in item.to_write]
    to_write = f"{len(sizes)} of {len(lines)} files to write, {in_bytes(sum(sizes))}"
    tell_table(("what", "file", "size", "visibility", ""), lines)
    tell("")
    tell_lines([f"A dry run: {to_write}; nothing was written."])
