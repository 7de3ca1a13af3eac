"""``brainscore-data register``: from receipts to registrations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brainscore_data.cli.telling import tell, tell_note

if TYPE_CHECKING:
    from brainscore_data.plugins.deciding import Change
    from brainscore_data.plugins.registering import Registering
    from brainscore_data.records.receipts import Receipts


_DONE = {
    "add": "added",
    "update": "updated",
    "keep": "unchanged",
    "skip": "left out",
    "refuse": "refused",
}


@click.command()
@click.argument("receipts", required=False, type=click.Path(path_type=Path))
@click.argument("plugin", required=False, type=click.Path(path_type=Path))
@click.option("--diff", is_flag=True, help="Print what would change, and write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if something would change.")
@click.option("--force", is_flag=True, help="Replace pins even if nothing shows that they are old.")
@click.option(
    "--form",
    "library",
    type=click.Choice(["vision", "language"]),
    help="The library of the plugin, if neither its place nor its imports say so.",
)
@click.option("--profile", help="The AWS profile whose keys are used.")
@click.option(
    "--pull-request",
    type=click.IntRange(min=1),
    help="Take the receipts from the comment on this pull request, and write them too.",
)
@click.option("--repository", help="OWNER/NAME on GitHub  [default: that of the remote origin]")
@click.option("--workflow", help="The file of the workflow, if several commented.")
def register(
    receipts: Path | None,
    plugin: Path | None,
    *,
    diff: bool,
    check: bool,
    profile: str | None,
    pull_request: int | None,
    repository: str | None,
    workflow: str | None,
    **options: Any,
) -> None:
    """Write the registrations of RECEIPTS into the __init__.py of PLUGIN.

    RECEIPTS is a receipts.json or the folder with it. PLUGIN is the folder of a plugin, by default
    the one that dataset.toml names. It appends new keys in the file's own style, updates existing ones
    in place, and changes nothing else.

    With --pull-request there are no RECEIPTS: they come from the comment that the workflow wrote.
    """
    from functools import partial

    from brainscore_data.base.errors import UsageError
    from brainscore_data.plugins.deciding import is_earlier_in_store
    from brainscore_data.plugins.homes import plugin_folder
    from brainscore_data.plugins.registering import plan_registering
    from brainscore_data.records.receipts import saved_where_it_says_more

    _refuse_contradictions(receipts, pull_request, repository, workflow)
    if receipts is not None:
        homes = _read(receipts)
    else:
        homes = _from_comment(pull_request or 0, repository, workflow)
    plans = []

    def keep(found: Receipts, path: Path) -> bool:
        if pull_request is None or diff or check or not saved_where_it_says_more(path, found):
            return False
        tell(f"{path}: written", err=True)
        return True

    for path, found in homes.items():
        try:
            folder = plugin_folder(found, path.parent, plugin)
        except UsageError:
            keep(found, path)  # the hint has them registered from there
            raise
        # One after the other: two datasets may register in one plugin.
        is_earlier = partial(is_earlier_in_store, profile=profile)
        planned = plan_registering(found, folder, is_earlier=is_earlier, **options)
        plans.append(planned)
        touched = any(text.changes for text in planned.texts)
        if diff:
            tell("".join(text.diff() for text in planned.texts), nl=False)
        elif not check:
            beside = path.absolute().is_relative_to(planned.folder.absolute())
            touched |= keep(found, path) and beside
            planned.write()
        _report(planned, dry=diff or check, touched=touched)
    changing = any(text.changes for planned in plans for text in planned.texts)
    if any(planned.refused for planned in plans) or (check and changing):
        raise click.exceptions.Exit(1)


def _refuse_contradictions(
    receipts: Path | None, pull_request: int | None, repository: str | None, workflow: str | None
) -> None:
    if (receipts is None) == (pull_request is None):
        raise click.UsageError("give RECEIPTS or --pull-request: one of them")
    if pull_request is None and (repository or workflow):
        raise click.UsageError("--repository and --workflow go with --pull-request")


def _read(receipts: Path) -> dict[Path, Receipts]:
    from brainscore_data.records.receipts import load_receipts, receipts_at

    path = receipts_at(receipts)
    return {path: load_receipts(path)}


def _from_comment(
    number: int, repository: str | None, workflow: str | None
) -> dict[Path, Receipts]:
    """Get what the comment says, joined with what is here already."""
    import os

    from brainscore_data.github.client import PUBLIC_API, connected
    from brainscore_data.github.commented_receipts import (
        commented_receipts,
        repository_name,
        token_of,
    )
    from brainscore_data.github.tasks.registering import receipts_home
    from brainscore_data.records.receipts import FILE_NAME, joined

    root = _checkout()
    host, name = ("github.com", repository) if repository else repository_name(root)
    public = PUBLIC_API if host == "github.com" else f"https://{host}/api/v3"
    api = os.environ.get("GITHUB_API_URL", public)
    client = connected(token_of(os.environ, host), api_url=api)
    with_comments = client.get_repo(name)
    said = commented_receipts(with_comments, number, workflow=workflow, name=name)
    homes = {receipts_home(root, folder) / FILE_NAME: new for folder, new in said.items()}
    return {path: joined(path, new) for path, new in homes.items()}


def _checkout() -> Path:
    """Find the root of the checkout that this is run in."""
    here = Path.cwd()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), here)


def _report(planned: Registering, *, dry: bool, touched: bool) -> None:
    source = planned.texts[0].path
    for change in planned.changes:
        tell(_line(source, change, dry=dry), err=True)
    for line in planned.left_alone:
        tell(
            f"{source}:{line}: note: this registers under a key that only running it would show; "
            f"it was not changed",
            err=True,
        )
    for name in planned.unused:
        tell(
            f"{source}: note: {name} is no longer used here; it was left, because others may import it",
            err=True,
        )
    for text in planned.texts[1:]:
        tell(f"{text.path}: {'would be written' if dry else 'written'}", err=True)
    if touched and planned.recomputed:
        tell_note(planned.recomputed)


def _line(source: Path, change: Change, *, dry: bool) -> str:
    from brainscore_data.base.text import one_line

    place = f"{source}:{change.line}" if change.line else str(source)
    done = _DONE[change.action]
    if dry and change.action in {"add", "update"}:
        done = f"would be {done}"
    text = f"{place}: {change.item.kind.replace('_', ' ')} {change.item.identifier!r}: {done}"
    if change.reason:
        text += f": {change.reason}"
    # What a plugin's source says must not become a line of its own in a workflow's log.
    text = one_line(text)
    return f"{text}\n  hint: {change.hint}" if change.hint else text
