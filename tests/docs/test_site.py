"""The site of the documentation: every page has a place, and every command in it exists."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

import click
import pytest

from brainscore_data.cli import cli

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.glob("*.md"), *DOCS.glob("tutorials/*.md")])
INLINE = re.compile(r"`(brainscore-data [^`]+)`")
SHELL = re.compile(r"^ *```sh\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def test_every_page_is_in_the_table_of_contents():
    listed = set(re.findall(r"^[\w/-]+$", (DOCS / "index.md").read_text("utf-8"), re.MULTILINE))
    pages = {page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md")}
    assert {page for page in pages if not page.startswith("rules/BSD")} - {"index"} <= listed


def commands(page):
    """Give the calls of this program in blocks of shell, without their comments, and in lines."""
    text = page.read_text(encoding="utf-8")
    for block in [*SHELL.findall(text), *INLINE.findall(text)]:
        for line in block.replace("\\\n", " ").splitlines():
            for call in re.split(r"&&|\||;", line.split(" #")[0]):
                words = shlex.split(re.sub(r"[<>](?=\w)", "", call), posix=True)
                if words and words[0].endswith("brainscore-data"):
                    yield words[1:]


def parse(group, words):
    name, *rest = words
    if name.startswith("-"):
        return
    context = click.Context(group, info_name=name)
    command = group.get_command(context, name)
    assert command is not None, name
    if isinstance(command, click.Group) and rest:
        parse(command, rest)
    else:
        with contextlib.suppress(click.BadOptionUsage):  # in a sentence its value may be missing
            command.make_parser(click.Context(command, info_name=name)).parse_args(list(rest))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_in_it_has_these_options(page):
    for words in commands(page):
        parse(cli, words)


def test_an_option_that_is_not_there_is_found():
    with pytest.raises(click.NoSuchOption):
        parse(cli, ["store", "check", "--nonesuch", "s3://bucket"])
