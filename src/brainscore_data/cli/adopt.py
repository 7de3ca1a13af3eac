"""``brainscore-data adopt``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import click

from brainscore_data.cli.options import reaching_options
from brainscore_data.cli.telling import tell_note, tell_receipt
from brainscore_data.dataset.assembly_classes import AssemblyClass


def _by_file(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Split FILE=ID; a version id may have a = of its own."""
    versions = dict[str, str]()
    for value in values:
        name, _sign, version_id = value.partition("=")
        if not (name and version_id):
            msg = f"{value!r} is not FILE=ID, e.g. assy_Doe2026.nc=3HL4kqtJlcpXroDTDmJ"
            raise click.BadParameter(msg)
        if versions.setdefault(name, version_id) != version_id:
            msg = f"two versions of {name!r}"
            raise click.BadParameter(msg)
    return versions


@click.command()
@click.argument(
    "bundle", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--at", required=True, metavar="URL", help="The folder that the files are in.")
@click.option(
    "--version",
    "versions",
    metavar="FILE=ID",
    multiple=True,
    callback=_by_file,
    help="The version that was uploaded; for other files it takes the latest.",
)
@click.option("--identifier", metavar="X", help="Adopt the files there as X, without a BUNDLE.")
@click.option(
    "--class",
    "assembly_class",
    type=click.Choice(get_args(AssemblyClass)),
    help="With --identifier: the class of the assembly.",
)
@click.option(
    "--stimulus-set", metavar="ID", help="With --identifier: the stimulus set of the assembly."
)
@click.option(
    "--receipts",
    type=click.Path(path_type=Path),
    help="Where to keep the receipts  [default: in BUNDLE; with --identifier, here]",
)
@click.option("--allow-unversioned", is_flag=True, help="Accept files without a version id.")
@reaching_options
def adopt(
    bundle: Path | None,
    *,
    identifier: str | None,
    receipts: Path | None,
    assembly_class: str | None,
    stimulus_set: str | None,
    **options: Any,
) -> None:
    """Write the receipts of BUNDLE, whose files were uploaded by the portal, the console or `aws s3 cp`.

    It reads each file by its version, without credentials if everybody can read it, and compares
    every byte with the bundle. It writes nothing to the store; `register` does the rest. Use
    --identifier without a bundle, for files that somebody else published: it writes their hashes and
    versions down, and no content digest.
    """
    from brainscore_data.base.progress import Reported
    from brainscore_data.base.text import one_line
    from brainscore_data.publishing.adopting import adopt_bundle, adopt_identifier

    if (bundle is None) == (identifier is None):
        raise click.UsageError("give BUNDLE or --identifier: one of them")
    if bundle is not None:
        if assembly_class or stimulus_set:
            raise click.UsageError("--class and --stimulus-set go with --identifier")
        done = adopt_bundle(bundle, receipts=receipts, report=Reported, **options)
    else:
        done = adopt_identifier(
            identifier or "",
            receipts=receipts or Path(),
            assembly_class=assembly_class,
            stimulus_set=stimulus_set,
            report=Reported,
            **options,
        )
    for notice in done.notices:
        tell_note(one_line(notice))
    tell_receipt(done.receipts, folder=(receipts or bundle or Path()).absolute().as_posix())
