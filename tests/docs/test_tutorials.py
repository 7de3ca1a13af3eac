"""The tutorials do what they say: each block runs, and prints what stands below it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

DOCS = Path(__file__).parents[2] / "docs"
TUTORIALS = sorted((DOCS / "tutorials").glob("*.md"))
BLOCK = re.compile(r"(?:<!-- (.+?) -->\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """A block of a page, and the word for the reader's eyes only that stands above it."""

    note: str
    language: str
    text: str


def blocks(page):
    return [Block(*found) for found in BLOCK.findall(page.read_text(encoding="utf-8"))]


@pytest.fixture
def shell(tmp_path):
    def run(script):
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "BRAINSCORE_DATA_CACHE": str(tmp_path.with_name("cache")),
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}"
        return done.stdout

    return run


# Each starts the program a dozen times.
BY_NIGHT = {"admin": pytest.mark.night, "pull-request": pytest.mark.night}


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=BY_NIGHT.get(page.stem, ()), id=page.stem) for page in TUTORIALS],
)
def test_what_a_tutorial_says_happens(page, shell, tmp_path):
    printed = None
    for note, language, text in blocks(page):
        verb, _, name = note.partition(": ")
        if language == "sh":
            printed = None if verb == "not run" else shell(text)
        elif language == "text":
            assert printed is not None
            assert [line for line in text.splitlines() if line not in printed] == [], printed
        elif verb in ("file", "add to"):
            with (tmp_path / name).open("a" if verb == "add to" else "w", encoding="utf-8") as file:
                file.write(text)
        else:
            assert language == "{mermaid}" or not text, f"who runs this?\n{text}"


def test_the_ways_in_are_all_there():
    assert {page.stem for page in TUTORIALS} == {"admin", "pull-request", "study"}


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_what_is_not_run_says_why(page):
    reasons = [note for note, *_ in blocks(page) if note.startswith("not run")]
    assert all(len(note.split()) > 4 for note in reasons)
