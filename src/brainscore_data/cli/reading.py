"""``brainscore-data fetch``, ``lookup`` and ``verify``: what is read from a store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brainscore_data.cli.known_buckets import suggesting_buckets
from brainscore_data.cli.options import credential_options, store_options
from brainscore_data.cli.telling import tell, tell_note

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
    """Download the files published as IDENTIFIER; they are verified before they get a name."""
    from brainscore_data.base.progress import Reported
    from brainscore_data.reading.versions import fetch as fetch_files

    with suggesting_buckets(options["store"]):
        paths = fetch_files(identifier, report=Reported, tell=tell_note, **options)
    for path in paths:
        tell(str(path))


@click.command()
@click.argument("identifier")
@partial(store_options, otherwise="what is registered in this repository")
@click.option("--read", is_flag=True, help="Read and hash what only its writer vouches for.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lookup(identifier: str, *, as_json: bool, **options: Any) -> None:
    """List hashes and version ids of what is published as IDENTIFIER, the earliest first.

    Without --store no store is asked, and no permission is needed: the registrations of the
    repository around this folder answer, with whom to ask for more.
    """
    from brainscore_data.reading.versions import lookup as find_versions

    if options["store"] is None:
        _look_up_registered(identifier, as_json=as_json, given=options)
        return
    with suggesting_buckets(options["store"]):
        versions = find_versions(identifier, tell=tell_note, **options)
    if as_json:
        tell(json.dumps(list(map(_as_json, versions)), indent=2))
        return
    covered = {version.key for version in versions if version.on_top}
    for version in versions:
        tell(_text(version, is_covered=version.key in covered))


def _look_up_registered(identifier: str, *, as_json: bool, given: Mapping[str, Any]) -> None:
    from brainscore_data.auditing.registered import registered_files
    from brainscore_data.base.errors import UsageError
    from brainscore_data.base.text import one_line

    if asked := [name for name, value in given.items() if value]:
        raise UsageError(
            f"without --store no store is asked: --{asked[0].replace('_', '-')} means nothing then",
            hint="name the store with --store, or leave the option away",
        )
    files, untold = registered_files(identifier, Path())
    for left in untold:
        tell_note(f"{left.where}: not known what it registers: {left.reason}")
    if as_json:
        tell(json.dumps([each.as_json() for each in files], indent=2))
        return
    for each in files:
        pin = each.pin
        lines = [
            f"{pin.key}{'  (retracted)' if each.retracted else ''}",
            f"  version id  {pin.version_id}",
            f"  sha1        {pin.sha1}",
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
    help="With --attested: OWNER/REPO/.github/workflows/NAME.yml@refs/heads/main.",
)
@credential_options
def verify(receipts: Path, *, attested: Path | None, signed_by: str | None, **options: Any) -> int:
    """Read every file that the receipts name and compare its bytes with what they say.

    Who can read it is compared too, with the dataset.toml beside the receipts or else with them:
    more open than they say is a mismatch. What waits for its release, is public but not yet
    readable, or cannot be seen is a note. With --attested what is public has to be signed by that
    workflow, too; that asks no network.
    """
    from brainscore_data.base.progress import Reported
    from brainscore_data.base.text import one_line
    from brainscore_data.dataset.document import MANIFEST_NAME
    from brainscore_data.reading.verification import verify as read_again
    from brainscore_data.records.receipts import load_receipts, receipts_at

    if (attested is None) != (signed_by is None):
        raise click.UsageError("--attested and --signed-by go together")
    path = receipts_at(receipts)
    loaded = load_receipts(path)
    notes: list[str] = []
    missing = _unsigned(loaded, attested, signed_by or "", notes) if attested else []
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
    for note in notes:
        tell_note(one_line(note))
    for mismatch in (*mismatches, *missing):
        tell(one_line(f"{mismatch.where}: {mismatch.message}"))
    tell(f"{len(files) - len(mismatches)} of {len(files)} files are as their receipts say")
    if attested and not missing:
        tell(one_line(f"what is public is signed by {signed_by}"))
    return 1 if mismatches or missing else 0


def _unsigned(loaded: Receipts, attested: Path, signed_by: str, notes: list[str]) -> list[Mismatch]:
    from brainscore_data.reading.attestations import signed_objects, unsigned

    return unsigned(loaded, signed_objects(attested, signed_by), notes.append)
