"""``brainscore-data receipt``: receipts shown, and those of shards joined."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from brainscore_data.cli.groups import SuggestingGroup
from brainscore_data.cli.telling import tell, tell_receipt

if TYPE_CHECKING:
    from brainscore_data.plugins.render import Form


class _ShowingGroup(SuggestingGroup):
    """A group that shows what is named first, where that is none of its commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `show` before what is no command."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ShowingGroup)
def receipt() -> None:
    """Show receipts, or join those of shards.

    `receipt PATH` is short for `receipt show PATH`.
    """


@receipt.command()
@click.argument("receipts", type=click.Path(path_type=Path))
@click.option(
    "--form",
    type=click.Choice(["auto", "s3", "language", "own"]),
    default="auto",
    show_default=True,
    help="The form of the registration: for AWS, for brainscore_language, or with our own loaders.",
)
def show(receipts: Path, form: str) -> None:
    """Show RECEIPTS (a receipts.json, or the folder with it) and how to register them."""
    from brainscore_data.records.receipts import load_receipts, receipts_at

    path = receipts_at(receipts)
    folder = path.parent.absolute().as_posix()
    tell_receipt(load_receipts(path), cast("Form", form), folder=folder)


@receipt.command()
@click.argument("receipts", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--into",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Whose receipts.json it becomes.  [default: the folder of the first of RECEIPTS]",
)
def merge(receipts: tuple[Path, ...], into: Path | None) -> None:
    """Join RECEIPTS of all shards of one plan into a receipts.json.

    RECEIPTS are the files that `publish --shard` wrote (receipts.shard-2-of-5.json), or folders with
    them. If one is missing, or they are of different plans, nothing is written.
    """
    from brainscore_data.publishing.kept_receipts import KeptReceipts
    from brainscore_data.records.shard_receipts import load_shards, merge_shards

    found = load_shards(receipts)
    whole = merge_shards(found)
    home = KeptReceipts(into or next(iter(found)).parent)
    home.keep(whole)
    with home.shown_in_the_end():
        tell(f"{home.path}: {len(whole.items)} items of {len(found)} files", err=True)
    tell_receipt(whole, folder=home.path.parent.absolute().as_posix())
