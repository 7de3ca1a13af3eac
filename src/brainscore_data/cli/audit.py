"""``brainscore-data audit``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brainscore_data.base.markdown import code_span
from brainscore_data.base.text import counted
from brainscore_data.cli.options import reaching_options, read_option, stores_option
from brainscore_data.cli.telling import (
    form_option,
    on_terminal,
    paint,
    tell,
    tell_lines,
    tell_markdown,
    tell_next,
    tell_note,
    tell_table,
)

if TYPE_CHECKING:
    from brainscore_data.auditing.audit import Audit


@click.command()
@click.argument("folder", metavar="[PATH]", default=".", type=click.Path(path_type=Path))
@stores_option
@reaching_options
@read_option
@click.option("--allow-unversioned", is_flag=True, help="Accept registrations that pin no version.")
@form_option
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    help="Files at a time, at most  [default: as many as the connection allows]",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    help="Files in a second, at most; a file without problems takes three requests  [default: no limit]",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to keep the results of an interrupted audit  [default: in the cache folder]",
)
def audit(folder: Path, *, stores: tuple[str, ...], output_format: str, **options: Any) -> int:
    """Compare the registrations below PATH with what their stores hold, by version.

    It parses plugins, and does not import them. Each file is fine, gone, different, unversioned,
    exposed (should be private, and is more open), hidden (named public, and readable by nobody), or
    unknown (only its writer says which hash it has). The file's dataset.toml or receipts.json in the
    repository says who shall read it, else its tag. If an audit is interrupted, run the same command
    again: it continues.
    """
    from brainscore_data.auditing.audit import audit as compare_all
    from brainscore_data.auditing.reports import remarks, render_json, render_text, totals
    from brainscore_data.base.progress import Reported

    found = compare_all(folder, stores, report=Reported, tell=tell_note, **options)
    if output_format == "json":
        tell(render_json(found), nl=False)
    elif output_format == "markdown":
        head, *rows = totals(found)
        tell_markdown(head, rows)
        tell("".join(f"\n- {code_span(line.strip())}" for line in remarks(found)))
    elif on_terminal():
        _tell(found)
    else:
        tell(render_text(found), nl=False)
    return found.exit_code


def _tell(found: Audit) -> None:
    from brainscore_data.auditing.reports import remarks, totals

    tell_lines(remarks(found))
    head, *rows = totals(found)
    tell_table(head, rows, numbers=True)
    wrong = len(found.mismatches) + len(found.failed)
    if not wrong:
        tell(paint("All compared files are as registered.", "good"), as_it_is=True)
        return
    tell(paint(counted(wrong, "file") + " to look at", "error"), as_it_is=True)
    first = (*found.mismatches, *found.failed)[0].pin
    tell_next(shlex.join(["brainscore-data", "lookup", first.identifier, "--store", first.store]))
