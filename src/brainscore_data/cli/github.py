"""``brainscore-data github``: the short files that a repository copies, and what it has to be told."""

from __future__ import annotations

from pathlib import Path

import click

from brainscore_data.cli.groups import SuggestingGroup
from brainscore_data.cli.telling import tell, tell_note


@click.group(cls=SuggestingGroup)
def github() -> None:
    """Write the workflow files of a repository, and print the commands that set it up."""


@github.command()
@click.argument("repository", metavar="OWNER/REPO")
@click.option(
    "--store",
    required=True,
    metavar="URL",
    help="The store that the workflows publish to: s3://bucket/prefix.",
)
@click.option(
    "--role",
    required=True,
    metavar="ARN",
    help="The role that its jobs assume; `aws template` makes it.",
)
@click.option(
    "--bucket-owner",
    required=True,
    metavar="ACCOUNT",
    help="The AWS account that owns the bucket (12 digits).",
)
@click.option(
    "--publish",
    "when",
    type=click.Choice(["merge", "approval", "both"]),
    default="merge",
    show_default=True,
    help="When to publish: after a merge, or before it when a maintainer approves.",
)
@click.option(
    "--action", metavar="OWNER/REPO@HASH", help="The action that the copied workflows use."
)
@click.option(
    "--workflows",
    metavar="OWNER/REPO@HASH",
    help="Copy no workflows: call those of this repository.",
)
@click.option("--branch", default="main", show_default=True, help="The default branch.")
@click.option(
    "--reviewer",
    "reviewers",
    multiple=True,
    metavar="LOGIN",
    help="Somebody who approves publications.",
)
@click.option(
    "--weekly",
    is_flag=True,
    help="Audit every week, and propose to open items after their embargo.",
)
@click.option(
    "--large", is_flag=True, help="Publish in shards what one runner's disk does not hold."
)
@click.option("--site", is_flag=True, help="Publish a site of all registrations on GitHub Pages.")
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help="The repository's checkout  [default: this folder]",
)
def template(
    repository: str,
    *,
    store: str,
    role: str,
    bucket_owner: str,
    when: str,
    action: str | None,
    workflows: str | None,
    branch: str,
    reviewers: tuple[str, ...],
    weekly: bool,
    large: bool,
    site: bool,
    into: Path,
) -> None:
    """Write the workflow files of OWNER/REPO, and print the commands that set up its environment.

    The files go below .github/workflows. If one exists with other content, nothing is written. The
    commands are for `gh`; this runs none of them.
    """
    from brainscore_data.base.errors import UsageError
    from brainscore_data.base.files import written_whole
    from brainscore_data.github.caller_workflows import Adoption

    adoption = Adoption(
        repository,
        store,
        role,
        bucket_owner,
        when=when,  # type: ignore[arg-type] # click has compared it
        branch=branch,
        action=action,
        workflows=workflows,
        weekly=weekly,
        large=large,
        site=site,
        reviewers=reviewers,
    )
    folder = into / ".github" / "workflows"
    texts = {folder / name: text for name, text in adoption.files().items()}
    for path, text in texts.items():
        if path.exists() and path.read_bytes() != text.encode():
            raise UsageError(
                "is there already, and says something else; nothing was written",
                where=str(path),
                hint="move it away, or look at what differs with --into another folder",
            )
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        with written_whole(path) as part:
            part.write_text(text, encoding="utf-8", newline="")
        tell_note(f"wrote {path}")
    for command in adoption.commands():
        tell(command)
