"""``brainscore-data init``: a short conversation, or all of it by options."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from brainscore_data.cli.telling import tell, tell_table

if TYPE_CHECKING:
    from brainscore_data.drafting.drafts import Draft
    from brainscore_data.drafting.inventory import FolderInventory
    from brainscore_data.drafting.questions import Answers, ContributorQuestion


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option(
    "--yes", is_flag=True, help="Ask nothing: accept proposals, and leave a TODO if there is none."
)
@click.option("--name", metavar="AUTHORYEAR", help="How all identifiers begin, e.g. Majaj2015.")
@click.option("--measured", metavar="TEXT", help="What was measured, in a sentence.")
@click.option("--visibility", type=click.Choice(["public", "private"]), help="Who may read it.")
@click.option(
    "--consent",
    type=click.Choice(["yes", "no"]),
    help="Whether the participants' consent allows public data.",
)
@click.option("--license", metavar="SPDX", help='E.g. CC-BY-4.0; or "restricted".')
@click.option(
    "--value", metavar="COLUMN", help="The column of the trials that has the measurement."
)
@click.option(
    "--participant",
    metavar="COLUMN",
    help='The column that says who took part; "*" for what the files\' names say; or none.',
)
@click.option(
    "--practice",
    metavar="COLUMN=CELL,CELL",
    help="Which rows are practice, e.g. phase=practice,instructions; or none.",
)
@click.option(
    "--order",
    type=click.Choice(["rounds", "blocks"]),
    help="The order of presentations: all stimuli and then all again, or each one several times in a row.",
)
@click.option("--region", metavar="NAME", help="The region of all neuroids, e.g. IT.")
@click.option(
    "--bins",
    metavar="START:STOP:WIDTH",
    help="The time bins of an array or of the cuts of a recording, or those in which to count spikes.",
)
def init(folder: Path, *, yes: bool, **said: Any) -> None:
    """Write a dataset.toml for the data in FOLDER (by default the current folder).

    Looks for stimuli (a folder or .zip), csv, Excel and parquet tables, .nc, .npy and .mat files. Guesses
    what belongs together. On a terminal, asks what it cannot know. If nobody answers, it leaves a TODO, and
    `publish` refuses the dataset until you resolve it. It does not change existing files.
    """
    from brainscore_data.drafting.drafts import draft_of
    from brainscore_data.drafting.inventory import take_inventory
    from brainscore_data.drafting.questions import Answers
    from brainscore_data.drafting.writing_down import write_draft

    inventory = take_inventory(folder)
    answers = Answers(**said)
    draft = draft_of(folder, inventory, answers)
    if draft.seen:
        tell_table(["file", "what it seems to be"], draft.seen)
        tell("")
    if draft.questions and not yes and _at_a_terminal():
        draft = _conversation(draft, inventory, answers)
        _show(draft)
        if not click.confirm("Write this?", default=True):
            tell("nothing was written")
            return
    else:
        draft = draft_of(folder, inventory, _with_proposals(draft, answers))
    for path in write_draft(draft):
        tell(f"wrote {path}")
    for notice in draft.notices:
        tell(f"note: {notice}")
    for todo in draft.todos:
        tell(f"TODO: {todo}")
    if draft.todos:
        tell(
            f"next: do what the comments with TODO in {folder / 'dataset.toml'} say, and delete them; "
            f"then `brainscore-data check {quote(str(folder))}`"
        )
    else:
        tell(f"next: `brainscore-data preview {quote(str(folder))}` shows what will be published")


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _conversation(draft: Draft, inventory: FolderInventory, answers: Answers) -> Draft:
    """Ask one question after the other; each answer makes the draft, and what is asked next, anew."""
    from brainscore_data.base.errors import UsageError
    from brainscore_data.drafting.drafts import draft_of
    from brainscore_data.drafting.questions import LATER

    tell(
        f'Some things only you know. Enter accepts the answer in [ ]; "{LATER}" leaves it for later.\n'
    )
    asked: set[str] = set()
    while question := next((each for each in draft.questions if each.key not in asked), None):
        answer = _ask(question)
        if answer == LATER:
            asked.add(question.key)
            continue
        try:
            told = dataclasses.replace(answers, **{question.key: answer})
            draft = draft_of(draft.folder, inventory, told)
        except UsageError as error:
            tell(f"  {error.message}" + (f": {error.hint}" if error.hint else ""))
        else:
            answers = told
            asked.add(question.key)
    return draft


def _ask(question: ContributorQuestion) -> str:
    """Ask until there is an answer."""
    from brainscore_data.drafting.questions import LATER

    tell(question.text)
    for choice, meaning in question.choices.items():
        tell(f"  {choice:<14} {meaning}")
    closed = question.key in ("visibility", "consent", "order", "value")
    kind = click.Choice([*question.choices, LATER]) if closed else None
    answer: str = click.prompt(
        ">", default=question.proposal or LATER, type=kind, show_choices=False
    )
    tell("")
    return answer.strip()


def _with_proposals(draft: Draft, answers: Answers) -> Answers:
    """Take the proposals where they will do."""
    taken = {
        each.key: each.proposal for each in draft.questions if each.proposal and each.todo is None
    }
    return dataclasses.replace(answers, **taken)


def _show(draft: Draft) -> None:
    for name, text in draft.files.items():
        lines = text.splitlines()
        tell(f"--- {name}")
        shown = lines if name == "dataset.toml" else lines[:4]
        tell("\n".join(shown))
        if len(lines) > len(shown):
            tell(f"… {len(lines)} lines in all")
        tell("")
