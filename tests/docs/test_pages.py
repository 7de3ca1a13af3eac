"""What a page tells people to type does what the page says.

Every block of shell or Python on a page runs, in a folder of the page's own, one after the other, unless
a comment above it says why not: ``<!-- not run: … -->``. Where only some of its lines need what is not here,
``<!-- without aws: … -->`` leaves out the lines that begin so. ``<!-- file: NAME -->`` and
``<!-- add to: NAME -->`` write a block into a file, and a block of text stands in what was printed above.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest
from page_folders import BY_NIGHT, PREPARED

from brainscore_data.cli import main

ROOT = Path(__file__).parents[2]
FENCED = re.compile(
    r"(?:^ *<!-- ([^>]+?) -->\n)?^( *)```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE
)
#: What a line needs a shell for.
SHELL = re.compile(r"[|;&$`]|<<|^(?:for|if|export) ", re.MULTILINE)


class Block(NamedTuple):
    """A block of a page, and the comment above it."""

    note: str
    language: str
    text: str

    @property
    def is_command(self) -> bool:
        return self.language in ("sh", "python") and not self.note.startswith(("file", "add to"))


def blocks(page: Path) -> list[Block]:
    found = FENCED.findall(page.read_text(encoding="utf-8"))
    return [Block(note, kind, textwrap.dedent(text)) for note, _, kind, text in found]


def told() -> dict[str, list[Block]]:
    """Give the pages that have commands; those on rules have examples, which every rule's tests try."""
    named = subprocess.run(
        ["git", "ls-files", "*.md", ":!docs/rules", ":!tests"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = {name: blocks(ROOT / name) for name in named.stdout.split()}
    return {name: page for name, page in found.items() if any(each.is_command for each in page)}


PAGES = told()


@pytest.fixture
def typed(monkeypatch, capfd):
    """Do what somebody would type, where `cd` left them; our own lines run in this process."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)  # as the README says

    def line(words: list[str]) -> None:
        target = words[words.index(">") + 1] if ">" in words else None
        words = words[: words.index(">")] if target else words
        capfd.readouterr()
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
            return
        if words[0] == "brainscore-data":
            code = main(words[1:])
        else:
            code = subprocess.run(words, check=False).returncode
        printed = capfd.readouterr()
        assert code == 0, f"{shlex.join(words)}\n{printed.out}{printed.err}"
        if target:
            Path(target).write_text(printed.out, encoding="utf-8")
        else:
            said.append(printed.out + printed.err)

    def block(text: str) -> str:
        said.clear()
        lines = [
            shlex.split(each, comments=True) for each in text.replace("\\\n", " ").splitlines()
        ]
        if SHELL.search(text.replace("$PWD", "")):
            lines = [["bash", "-euo", "pipefail", "-c", text]]
        for words in filter(None, lines):
            line([each.replace("$PWD", str(Path.cwd())) for each in words])
        return "".join(said)

    said: list[str] = []
    return block


def marked(page: str) -> object:
    return pytest.param(page, marks=[pytest.mark.night] if page in BY_NIGHT else [], id=page)


@pytest.mark.parametrize(
    "page",
    [marked(page) for page, found in PAGES.items() if any(not each.note for each in found)],
)
def test_what_a_page_says_happens(page, typed, tmp_path, monkeypatch, request):
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path.with_name("cache")))
    monkeypatch.chdir(tmp_path)
    stands_for = PREPARED[page](request) if page in PREPARED else {}
    printed, variables = None, {}
    for note, language, text in PAGES[page]:
        for said, meant in stands_for.items():
            text = text.replace(said, meant)  # noqa: PLW2901 - what the reader does, too
        verb, _, rest = note.partition(": ")
        if verb == "not run":
            printed = None
        elif verb in ("file", "add to"):
            with Path(tmp_path, rest).open(
                "a" if verb == "add to" else "w", encoding="utf-8"
            ) as file:
                file.write(text)
        elif language == "sh":
            left_out = tuple(verb.removeprefix("without ").split(" and ")) if verb else ()
            kept = [
                each for each in text.splitlines() if not (left_out and each.startswith(left_out))
            ]
            printed = typed("\n".join(kept))
        elif language == "python":
            exec(text, variables)  # noqa: S102 - the page's own words
        elif language == "text" and printed is not None:
            assert [each for each in text.splitlines() if each not in printed] == [], printed


def test_the_ways_in_are_all_there():
    tutorials = {Path(page).stem for page in PAGES if page.startswith("docs/tutorials/")}
    assert tutorials == {"admin", "pull-request", "study"}


@pytest.mark.parametrize("page", PAGES)
def test_what_is_not_run_says_why(page):
    for note, language, _ in PAGES[page]:
        verb, _, reason = note.partition(": ")
        if language in ("sh", "python") and verb not in ("", "file", "add to"):
            assert re.fullmatch("not run|without [a-z ]+", verb)
            assert len(reason.split()) > 3
