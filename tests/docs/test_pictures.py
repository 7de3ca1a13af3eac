"""The pictures: small, shown where people begin to read, and taken by a command."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
PICTURES = runpy.run_path(str(ROOT / "docs" / "pictures.py"))


def test_every_picture_is_small_and_shown_in_the_readme_with_words_for_it():
    shown = re.findall(r"!\[([^\]]+)\]\(docs/images/(\w+\.png)\)", (ROOT / "README.md").read_text())
    assert sorted(name for _, name in shown) == sorted(each.name for each in IMAGES.iterdir())
    assert len(shown) == 5
    for words, name in shown:
        assert len(words) > 30
        assert (IMAGES / name).stat().st_size < PICTURES["LARGEST"] <= 200_000


@pytest.mark.night
@pytest.mark.usefixtures("chromium")
def test_the_command_takes_all_of_them(tmp_path):
    from PIL import Image

    command = [sys.executable, str(ROOT / "docs" / "pictures.py"), str(tmp_path)]
    subprocess.run(command, check=True, timeout=300)
    for each in IMAGES.iterdir():
        with Image.open(each) as kept, Image.open(tmp_path / each.name) as taken:
            assert kept.width == taken.width
