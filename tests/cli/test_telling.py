"""What others wrote commands no terminal, and every output can be written."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data import fetch
from brainscore_data.base.text import printable
from brainscore_data.cli.telling import tell_receipt, tell_table
from brainscore_data.plugins.receipt_markdown import NARROW
from brainscore_data.records.receipts import load_receipts

HOSTILE = "Doe\x1b[8m\u202e2024\x9b2J\r"
OBEYED = re.compile("[\x1b\x9b\u202e]|\r(?!\n)")
FOLDER = Path(__file__).parents[2] / "src" / "brainscore_data"


@given(st.text())
def test_ordinary_text_stays_and_lines_stay_lines(text):
    shown = printable(text)
    assert len(shown) == len(text)
    assert not OBEYED.search(shown)
    assert printable(shown) == shown
    if text.isprintable():
        assert shown == text


def test_no_command_prints_by_itself():
    for path in FOLDER.joinpath("cli").glob("*.py"):
        if path.name != "telling.py":
            text = path.read_text()
            assert not re.search(r"\bclick\.s?echo\(|\bprint\(|std(out|err)\.write", text), path


def hostile_bundle(folder):
    folder.mkdir()
    (folder / "bundle.json").write_text(json.dumps({"schema": 1, "dataset": HOSTILE, "x": HOSTILE}))
    return ["publish", folder, "--store", "file:///tmp/nowhere-at-all"]


def hostile_receipts(folder):
    folder.mkdir()
    item = {"kind": "assembly", "identifier": HOSTILE, HOSTILE: 1}
    receipts = {"schema": 1, "dataset": HOSTILE, "items": [item]}
    (folder / "receipts.json").write_text(json.dumps(receipts))
    return ["receipt", folder]


def hostile_manifest(folder):
    folder.mkdir()
    text = json.dumps(HOSTILE)[1:-1]
    (folder / "dataset.toml").write_text(f'schema = 1\n["{text}"]\na = "{text}"\n')
    return ["package", folder, "-o", folder / "bundle"]


def hostile_settings(folder):
    folder.mkdir()
    text = json.dumps(HOSTILE)[1:-1]
    (folder / "pyproject.toml").write_text(f'[tool.brainscore-data]\n"{text}" = 1\n')
    return ["check", folder]


def hostile_names(folder):
    folder.mkdir()
    (folder / f"{HOSTILE}.csv").write_text("stimulus_id\n")
    (folder / f"{HOSTILE}.zip").write_text("")
    return ["init", folder]


def hostile_argument(folder):
    folder.mkdir()
    return ["check", folder / HOSTILE]


@pytest.mark.parametrize(
    "made",
    [
        hostile_bundle,
        hostile_receipts,
        hostile_manifest,
        hostile_settings,
        hostile_names,
        hostile_argument,
    ],
    ids=lambda made: made.__name__,
)
def test_nothing_that_others_wrote_reaches_the_terminal_raw(tmp_path, command, made):
    answer = command(*made(tmp_path / HOSTILE))
    assert answer.code in {1, 2}
    assert "Doe" in answer.out + answer.err
    assert not OBEYED.search(answer.out + answer.err)


def run(*arguments, encoding="utf-8", before=""):
    line = f'{before} exec "$0" -m brainscore_data "$@"'
    return subprocess.run(
        ["sh", "-c", line, sys.executable, *map(str, arguments)],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )


def test_a_terminal_of_an_old_encoding_gets_what_it_can_show(tmp_path):
    (folder := tmp_path / "日本").mkdir()
    (folder / "dataset.toml").write_text("schema = \n")
    done = run("check", folder, encoding="cp1252")
    assert done.returncode == 1, done
    assert rb"\u65e5\u672c" in done.stdout
    assert b"internal error" not in done.stderr


def test_a_closed_output_changes_no_exit_code_and_is_not_mistaken_for_a_file(tmp_path):
    (tmp_path / "dataset.toml").write_text("schema = \n")
    for before in (">&-;", "2>&-;", ">&- 2>&- <&-;"):
        done = run("check", tmp_path, before=f"exec {before}")
        assert done.returncode == 1, done
        assert b"internal error" not in done.stderr
    assert (tmp_path / "dataset.toml").read_text() == "schema = \n"


@pytest.mark.parametrize("before", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_a_dataset_is_published_whole_though_nobody_listens(tmp_path, before):
    (folder := tmp_path / "data").mkdir()
    (folder / "dataset.toml").write_text(
        'schema = 1\n[dataset]\nlicense = "CC-BY-4.0"\nreference = "doi:10.1101/408385"\n'
        '[[assembly]]\nidentifier = "Kar2019"\nvisibility = "public"\nclass = "DataAssembly"\n'
        'values = "rates.npy"\ndims = ["neuroid"]\ncoords = { neuroid = "neuroids.csv" }\n'
    )
    np.save(folder / "rates.npy", [1.0, 2.0])
    (folder / "neuroids.csv").write_text("neuroid_id,region\nn1,IT\nn2,V4\n")
    store = (tmp_path / "store").as_uri()
    done = run("publish", folder, "--store", store, before=f"exec {before};")
    assert done.returncode == 0, done
    assert b"internal error" not in done.stderr
    (receipt,) = load_receipts(folder / "receipts.json").items
    (path,) = fetch("Kar2019", store=store, into=tmp_path, sha1=receipt.nc.object.sha1)
    assert path.stat().st_size == receipt.nc.object.size


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def on_a_terminal(monkeypatch):
    """Give what a function prints on a terminal of some columns."""

    def run(function, columns="200"):
        terminal = Terminal()
        for name, value in {"TERM": "xterm", "COLUMNS": columns, "NO_COLOR": "1"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdout", terminal)
        function()
        return re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())

    return run


def test_on_a_terminal_a_receipt_is_a_table_of_the_same_columns(receipts_of, on_a_terminal, capsys):
    receipts = receipts_of("hvm", "MajajHong2015")
    tell_receipt(receipts, folder="majajhong2015")
    markdown = capsys.readouterr().out
    shown = on_a_terminal(lambda: tell_receipt(receipts, folder="majajhong2015"))
    assert "| --- |" in markdown
    assert "| --- |" not in shown
    head = next(line for line in shown.splitlines() if "identifier" in line or "item" in line)
    assert head.split("  ")[0].strip() == "item"
    assert [each.head for each in NARROW if each.head not in head] == []
    # What is to be pasted is the same text.
    registration = markdown.partition("```python\n")[2].partition("```")[0]
    assert registration.strip() in shown


def test_cells_are_no_markup_and_no_commands_of_a_terminal(on_a_terminal):
    shown = on_a_terminal(lambda: tell_table(["item"], [["[red]a[/red]"], [HOSTILE]]), "80")
    assert "[red]a[/red]" in shown
    assert not OBEYED.search(shown)


def test_a_piped_table_is_columns(capsys):
    tell_table(["item", "state"], [["Doe2024", "yes"], ["a", "no"]])
    assert capsys.readouterr().out == "item     state\nDoe2024  yes\na        no\n"
