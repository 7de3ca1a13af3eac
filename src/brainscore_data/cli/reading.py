"""``brainscore-data fetch``, ``lookup`` and ``verify``: what is read from a store."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brainscore_data.base.text import printable
from brainscore_data.cli.known_buckets import suggesting_buckets
from brainscore_data.cli.options import credential_options, read_option, store_options
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
    from brainscore_data.reading.verification import Mismatch
    from brainscore_data.reading.versions import FoundVersion
    from brainscore_data.records.receipts import Receipts


@click.command()
@click.argument("identifier")
@store_options
@click.option("--version-id", help="The version of the assembly  [default: the published one]")
@click.option("--sha1", help="The hash that the assembly must have.")
@click.option("--csv-version-id", help="The version of the stimulus set's csv.")
@click.option("--csv-sha1", help="The hash that the csv must have.")
@click.option("--zip-version-id", help="The version of the stimulus set's zip.")
@click.option("--zip-sha1", help="The hash that the zip must have.")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The folder that the files go into  [default: this one]",
)
def fetch(identifier: str, **options: Any) -> None:
    """Download the files published as IDENTIFIER, and verify them."""
    from brainscore_data.base.progress import Reported
    from brainscore_data.reading.versions import fetch as fetch_files

    with suggesting_buckets(options["store"]):
        paths = fetch_files(identifier, report=Reported, tell=tell_note, **options)
    for path in paths:
        tell(str(path))


@click.command()
@click.argument("identifier")
@partial(store_options, otherwise="what is registered in this repository")
@read_option
@click.option("--json", "as_json", is_flag=True, help="The same as --output-format json.")
@form_option
def lookup(identifier: str, *, as_json: bool, output_format: str, **options: Any) -> None:
    """List hashes and version ids of what is published as IDENTIFIER, the earliest first.

    Without --store it asks no store, and you need no permission: it shows the registrations of the
    repository around this folder, and whom to ask for access.
    """
    from brainscore_data.reading.versions import lookup as find_versions

    form = "json" if as_json else output_format
    if options["store"] is None:
        _look_up_registered(identifier, form, given=options)
        return
    with suggesting_buckets(options["store"]):
        versions = find_versions(identifier, tell=tell_note, **options)
    if form == "json":
        tell(json.dumps(list(map(_as_json, versions)), indent=2))
        return
    if form == "markdown":
        tell_markdown(_HEAD, map(_row, versions))
        return
    covered = {version.key for version in versions if version.on_top}
    for version in versions:
        head, *lines = _text(version, is_covered=version.key in covered).splitlines()
        tell(paint(printable(head), "error" if version.taken_back else "heading"), as_it_is=True)
        tell("\n".join(lines))
    tell_next(
        shlex.join(["brainscore-data", "fetch", identifier, "--store", options["store"]]),
        shlex.join(["brainscore-data", "preview", identifier, "--store", options["store"]]),
    )


_HEAD = ("file", "version id", "sha1", "size", "license", "known by", "state")


def _row(version: FoundVersion) -> tuple[str, ...]:
    state = str(version.taken_back or ("latest" if version.latest else ""))
    known = version.license or "not recorded", version.verified, state
    return (version.key, version.version_id or "none", version.sha1, f"{version.size:,}", *known)


def _look_up_registered(identifier: str, form: str, *, given: Mapping[str, Any]) -> None:
    from brainscore_data.auditing.identifier_lookup import registered_files
    from brainscore_data.base.errors import UsageError
    from brainscore_data.base.text import one_line

    if asked := [name for name, value in given.items() if value]:
        raise UsageError(
            f"without --store no store is asked: --{asked[0].replace('_', '-')} means nothing then",
            hint="name the store with --store, or leave the option out",
        )
    files, untold = registered_files(identifier, Path())
    for left in untold:
        tell_note(f"{left.where}: it is not known what it registers: {left.reason}")
    if form == "json":
        tell(json.dumps([each.as_json() for each in files], indent=2))
        return
    if form == "markdown":
        shown = [{name: str(value) for name, value in each.as_json().items()} for each in files]
        tell_markdown(tuple(shown[0]), [tuple(each.values()) for each in shown])
        return
    for each in files:
        pin = each.pin
        lines = [
            f"{pin.key}{'  (retracted)' if each.retracted else ''}",
            f"  version id  {pin.version_id or 'not pinned'}",
            f"  sha1        {pin.sha1 or 'not pinned'}",
            f"  store       {pin.store}",
            f"  registered  {pin.place.file}:{pin.place.line}",
            f"  ask         {each.ask}",
        ]
        lines[4:4] = [f"  server      {pin.endpoint}"] if pin.endpoint else []
        lines[-1:-1] = [f"  visibility  {pin.shall}"] if pin.shall else []
        tell("\n".join(map(one_line, lines)))


def _as_json(version: FoundVersion) -> dict[str, Any]:
    tombstone = version.taken_back
    said = None if tombstone is None else tombstone.model_dump(by_alias=True)
    return {**vars(version), "taken_back": said}


def _text(version: FoundVersion, *, is_covered: bool) -> str:
    latest = "  (published)" if is_covered else "  (latest)"
    mark = latest if version.latest else "  (on top, not published)" if version.on_top else ""
    tags = version.tags or {}
    if version.taken_back is not None:
        mark += f"  {version.taken_back}"
    lines = [
        f"{version.key}{mark}",
        f"  version id  {version.version_id}",
        f"  sha1        {version.sha1}",
        f"  sha256      {version.sha256}",
        f"  size        {version.size:,}",
        f"  known by    {version.verified}",
    ]
    lines += [f"  license     {version.license}"] if version.license else []
    lines += [f"  {name:<10}  {tags[name]}" for name in ("uploadedBy", "commit") if name in tags]
    return "\n".join(lines)


@click.command()
@click.argument("receipts", metavar="FOLDER|RECEIPTS", type=click.Path(path_type=Path))
@click.option(
    "--attested",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Attestations, as `gh attestation download` writes them: public files have to be signed.",
)
@click.option(
    "--signed-by",
    metavar="WORKFLOW",
    help="With --attested: OWNER/REPO/.github/workflows/NAME.yml@refs/heads/main, or @ a commit.",
)
@click.option(
    "--run-of",
    metavar="REPOSITORY",
    help="With --attested: the repository whose run counts, OWNER/REPO@refs/heads/main  [default: the workflow's]",
)
@credential_options
@form_option
def verify(
    receipts: Path,
    *,
    attested: Path | None,
    signed_by: str | None,
    run_of: str | None,
    output_format: str,
    **options: Any,
) -> int:
    """Read every file that the receipts name and compare its bytes with what they say.

    It also compares who can read a file with the dataset.toml beside the receipts, or else with the
    receipts. A file that is more open is a mismatch. A file that waits for its release, is public but
    not yet readable, or has unknown visibility is a note. With --attested, that workflow must also have
    signed the public files; verifying the signature needs no network.
    """
    from brainscore_data.base.progress import Reported
    from brainscore_data.base.text import one_line
    from brainscore_data.dataset.document import MANIFEST_NAME
    from brainscore_data.reading.verification import verify as read_again
    from brainscore_data.records.receipts import load_receipts, receipts_at

    if (attested is None) != (signed_by is None) or (run_of and attested is None):
        raise click.UsageError("--attested and --signed-by go together, and --run-of with them")
    path = receipts_at(receipts)
    loaded = load_receipts(path)
    notes: list[str] = []
    missing = _unsigned(loaded, attested, signed_by or "", run_of, notes) if attested else []
    files = [file for item in loaded.items for file in item.files]
    total = sum(file.object.size for file in files)
    with Reported("verifying", total) as progress:
        progress.expect_files(len(files))
        mismatches = read_again(
            loaded,
            manifest=path.with_name(MANIFEST_NAME),
            progress=progress,
            tell=notes.append,
            **options,
        )
    right = len(files) - len(mismatches)
    mismatches += missing
    code = 1 if mismatches else 0
    if output_format == "json":
        wrong = [{"where": each.where, "message": each.message} for each in mismatches]
        found = {"schema": 1, "files": len(files), "mismatches": wrong, "notes": notes}
        tell(json.dumps(found, indent=2))
        return code
    for note in notes:
        tell_note(one_line(note))
    said = f"{right} of {len(files)} files are as their receipts say"
    told = [(each.where, each.message) for each in mismatches]
    if output_format == "markdown":
        tell(f"{said}.\n")
        tell_markdown(("file", "what is different"), told)
        return code
    if not on_terminal():
        tell_lines(f"{where}: {message}" for where, message in told)
    elif told:
        tell_table(("file", "what is different"), told)
    tell(paint(said, "error" if told else "good"), as_it_is=True)
    if attested and not missing:
        tell_lines([f"what is public is signed by {signed_by}"])
    if told:
        tell_next(f"brainscore-data publish {shlex.quote(str(path.parent))} --dry-run --store URL")
    return code


def _unsigned(
    loaded: Receipts, attested: Path, signed_by: str, run_of: str | None, notes: list[str]
) -> list[Mismatch]:
    from brainscore_data.reading.attestations import signed_objects, unsigned

    return unsigned(loaded, signed_objects(attested, signed_by, run_of=run_of), notes.append)
