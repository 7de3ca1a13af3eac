"""The pictures: small, each shown on its page, and taken by a command."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
SHOWN = re.compile(r"!\[([^\]]+)\]\(\S*images/(\w+\.png)\)")
PICTURES = runpy.run_path(str(ROOT / "docs" / "pictures.py"))


def test_every_picture_is_small_and_shown_with_words_for_it_the_first_in_the_readme():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    shown = {
        name: words for page in pages for words, name in SHOWN.findall(page.read_text("utf-8"))
    }
    assert sorted(shown) == sorted(each.name for each in IMAGES.iterdir())
    for name, words in shown.items():
        assert len(words) > 30
        assert (IMAGES / name).stat().st_size < PICTURES["LARGEST"] <= 200_000
    assert (ROOT / "README.md").read_text("utf-8").count("![") == 1


@pytest.mark.night
@pytest.mark.usefixtures("chromium")
def test_the_command_takes_all_of_them(tmp_path):
    from PIL import Image

    command = [sys.executable, str(ROOT / "docs" / "pictures.py"), str(tmp_path)]
    subprocess.run(command, check=True, timeout=300)
    for each in IMAGES.iterdir():
        with Image.open(each) as kept, Image.open(tmp_path / each.name) as taken:
            assert kept.width == taken.width
