"""``brainscore-data status``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from brainscore_data.cli.options import credential_options
from brainscore_data.cli.telling import output_format_option, tell, tell_table

_SCHEMA_VERSION = 1


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--bundle",
    metavar="BUNDLE",
    type=click.Path(path_type=Path),
    default=Path("bundle"),
    show_default=True,
    help="The bundle that `package` made.",
)
@click.option("--check", is_flag=True, help="Run the checks; that can take a while.")
@click.option("--ask", is_flag=True, help="Ask the stores of the receipts who can read it now.")
@credential_options
@output_format_option
def status(folder: Path, *, output_format: str, **options: Any) -> None:
    """Show how far each item of the dataset in FOLDER has come, and the next command.

    It looks at the bundle, receipts.json and the plugin. Without --ask it asks no store, and without
    --check it opens no file of the data.
    """
    from brainscore_data.publishing.status import STEPS
    from brainscore_data.publishing.status import status as status_of

    found = status_of(folder, **options)
    if output_format == "json":
        items = [
            {
                "kind": item.kind,
                "identifier": item.identifier,
                **{name: step._asdict() for name, step in item.steps.items()},
                "next": item.next,
            }
            for item in found
        ]
        tell(json.dumps({"schema": _SCHEMA_VERSION, "items": items}, indent=2))
        return
    tell_table(
        ["item", *STEPS],
        [[item.identifier, *(item.steps[name].state for name in STEPS)] for item in found],
    )
    said = dict.fromkeys(
        f"{name}: {item.steps[name].state}: {item.steps[name].detail}"
        for name in STEPS
        for item in found
        if item.steps[name].state != "yes" and item.steps[name].detail
    )
    following = dict.fromkeys(item.next for item in found if item.next)
    tell(
        "\n".join(
            ["", *said, *(f"next: {each}" for each in following)]
            if following
            else ["", *said, "There is nothing to do."]
        )
    )
