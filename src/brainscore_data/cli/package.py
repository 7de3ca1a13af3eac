"""``brainscore-data package``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brainscore_data.cli.options import check_options, cluster_option, jobs_option, shard_option
from brainscore_data.cli.telling import (
    form_option,
    on_terminal,
    tell,
    tell_lines,
    tell_markdown,
    tell_next,
    tell_note,
    tell_preview,
    tell_table,
)

if TYPE_CHECKING:
    from brainscore_data.records.bundle import Bundle


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "-o",
    "--output",
    "bundle",
    metavar="BUNDLE",
    type=click.Path(path_type=Path),
    required=True,
    help="The folder that becomes the bundle.",
)
@click.option(
    "--script",
    type=click.Path(path_type=Path),
    help="Instead of FOLDER: run this packaging script, and bundle what it would upload.",
)
@click.option(
    "--python", metavar="PYTHON", help="The Python that runs the script.  [default: this one]"
)
@click.option(
    "--env",
    "named",
    metavar="NAME",
    multiple=True,
    help="A variable of the environment that the script needs.",
)
@click.option("--yes", is_flag=True, help="Run the script without asking.")
@click.option(
    "--preview/--no-preview",
    default=None,
    help="Whether to show at the end what will be published.  [default: on a terminal]",
)
@shard_option
@check_options
@jobs_option
@cluster_option
@form_option
def package(
    folder: Path | None,
    bundle: Path,
    *,
    script: Path | None,
    python: str | None,
    named: tuple[str, ...],
    yes: bool,
    preview: bool | None,
    shard: str | None,
    ignore: tuple[str, ...],
    baseline: Path | None,
    jobs: int | None,
    cluster: str | None,
    output_format: str,
) -> None:
    """Make a bundle of the dataset in FOLDER: the final files and bundle.json.

    It checks the dataset first. An error stops it.
    """
    if script is not None:
        from brainscore_data.scripting.bundling import package_script

        if folder is not None:
            raise click.UsageError("give a FOLDER or a --script, not both")
        if jobs is not None or shard is not None:
            raise click.UsageError("--jobs and --shard are for a FOLDER")
        made = package_script(
            script,
            bundle,
            ask=lambda: None if yes else _ask(script, cluster),
            python=python,
            named=named,
            ignore=ignore,
            baseline=baseline,
            cluster=cluster,
        )
    elif folder is None:
        raise click.UsageError("missing argument 'FOLDER': where the dataset.toml is")
    elif python or named or yes:
        raise click.UsageError("--python, --env and --yes are for a --script")
    else:
        from brainscore_data.packaging.bundling import package as make_bundle

        made = make_bundle(
            folder,
            bundle,
            ignore=ignore,
            baseline=baseline,
            jobs=jobs or 0,
            cluster=cluster,
            shard=shard,
        )
    _show(made, bundle, output_format)
    if output_format == "text" and (on_terminal() if preview is None else preview):
        from brainscore_data.previewing.previews import preview as look

        tell("")
        tell_preview(look(bundle, jobs=jobs or 0))
    if output_format == "text":
        publishing = shlex.join(["brainscore-data", "publish", str(bundle), "--store"])
        tell_next(f"{publishing} URL")


def _show(made: Bundle, bundle: Path, output_format: str) -> None:
    from brainscore_data.base.text import counted, one_line
    from brainscore_data.records.bundle import bundle_digest, record_text

    for warning in made.checks.warnings:
        text = f"warning: {warning.place}: {warning.code} {warning.message}"
        tell(one_line(text), err=True)
    for notice in made.notices:
        tell_note(one_line(notice))
    digest = bundle_digest(bundle)
    if output_format == "json":
        tell(record_text(made), nl=False, as_it_is=True)
    elif output_format == "markdown":
        tell_markdown(_HEAD, _rows(made, whole=True))
    elif on_terminal():
        tell_lines([f"Bundle of {made.dataset} in {bundle}"], "heading")
        tell_lines([f"License: {made.license or 'none'}. {counted(len(made.items), 'item')}"])
        tell_table(_HEAD, _rows(made, whole=False))
    else:
        for item in made.items:
            for file in item.files:
                tell(f"{file.sha1}  {file.size:>14,}  {bundle / file.name}")
    tell(f"note: the digest of the bundle is {digest}", err=True)


_HEAD = ("item", "visibility", "file", "size", "sha1")


def _rows(made: Bundle, *, whole: bool) -> Iterator[tuple[str, ...]]:
    from brainscore_data.base.progress import in_bytes

    for item in made.items:
        for file in item.files:
            sha1 = file.sha1 if whole else file.sha1[:8]
            visibility = item.visibility or "not said"
            yield item.identifier, visibility, file.name, in_bytes(file.size), sha1


def _ask(script: Path, cluster: str | None) -> None:
    from brainscore_data.base.errors import UsageError

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "the program does not run a script without asking, and nobody is here to ask",
            where=str(script),
            hint="read it, and add --yes if it may run on this machine",
        )
    tell(
        f"{script} will run on this machine as you do: without your environment and with a HOME "
        f"of its own,\nbut it can read and write whatever you can. Read it first.",
        err=True,
    )
    if cluster is not None:
        tell(f"The workers of {cluster} run its code, too, with all that they have.", err=True)
    if not click.confirm("Run it?", err=True):
        raise UsageError("the script did not run, and there is no bundle", where=str(script))
