"""What people see on a terminal: tables that fit, colours unless they mind, and the next step last."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys

import numpy as np
import pytest

from brainscore_data.cli import main

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def study(bundles, tmp_path, monkeypatch):
    """Give the arguments of each command on one study, in a store."""
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    bundle = bundles.write(
        bundles.stimulus_set("Doe2024.a-name-that-is-rather-long-as-some-are", b"csv", b"zip"),
        bundles.assembly("MajajHong2015.public", b"rates"),
    )
    store = (tmp_path / "store").as_uri()
    assert main(["publish", str(bundle), "--store", store]) == 0
    dataset = tmp_path / "dataset"
    dataset.mkdir()
    (dataset / "dataset.toml").write_text("schema = 2\n")
    plugin = tmp_path / "vision" / "__init__.py"
    plugin.parent.mkdir()
    plugin.write_text(
        "data_registry['MajajHong2015.public'] = lambda: brainscore_data.load_assembly(\n"
        f"    'MajajHong2015.public', store={store!r}, version_id='gone', sha1='{'a' * 40}')\n"
    )
    return {
        "publish": ["publish", str(bundle), "--store", store],
        "plan": ["publish", str(bundle), "--store", store, "--dry-run"],
        "check": ["check", str(dataset)],
        "audit": ["audit", str(plugin.parent), "--store", store],
        "lookup": ["lookup", "MajajHong2015.public", "--store", store],
        "verify": ["verify", str(bundle)],
    }


@pytest.fixture
def shown(monkeypatch):
    def run(arguments, columns=80, **variables):
        terminal = Terminal()
        told = {"TERM": "xterm", "COLUMNS": str(columns), **variables}
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdout", terminal)
        main(arguments)
        return terminal.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    return run


NEXT = {
    "publish": "brainscore-data register ",
    "check": "brainscore-data rule BSD601",
    "audit": "brainscore-data lookup MajajHong2015.public",
    "lookup": "brainscore-data preview MajajHong2015.public",
}


@pytest.mark.parametrize("columns", [80, 44])
def test_it_fits_and_ends_with_the_next_step(study, shown, columns):
    for name, arguments in study.items():
        text = COLOURS.sub("", shown(arguments, columns))
        # What is copied is whole: registrations, hashes, commands, and places to click on.
        lines = text.partition("Paste this")[0].splitlines()
        wide = [line for line in lines if len(line) > columns and not line.startswith("next: ")]
        assert name in {"lookup", "check"} or not wide, (name, wide)
        if name in NEXT:
            last = [line for line in text.splitlines() if line.startswith("next: ")][-1]
            assert NEXT[name] in last
            assert text.rstrip().endswith(last)


def test_there_are_colours_unless_somebody_minds(study, shown):
    coloured = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-9]|1)m")
    assert [name for name in study if not coloured.search(shown(study[name]))] == []
    colour = re.compile(r"\x1b\[(?:[0-9]+;)*3[0-9]m")
    assert [name for name in study if colour.search(shown(study[name], NO_COLOR="1"))] == []


def test_markdown_and_json_are_given_to_who_asks(study, shown):
    for name in ("publish", "lookup", "verify", "audit"):
        assert json.loads(shown([*study[name], "--output-format", "json"]))
        text = shown([*study[name], "--output-format", "markdown"])
        assert "| --- |" in text
        assert not COLOURS.search(text)
        assert "next: " not in text


def test_nothing_is_coloured_or_suggested_where_nobody_reads(study, capsys):
    for arguments in study.values():
        main(arguments)
        printed = capsys.readouterr().out
        assert printed
        assert not COLOURS.search(printed)
        assert "next: " not in printed


def test_a_real_terminal_of_an_old_encoding_shows_the_table(study):
    ours, theirs = pty.openpty()
    told = {"PYTHONIOENCODING": "cp1252", "COLUMNS": "60", "TERM": "xterm"}
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | told
    with os.fdopen(theirs, "wb") as terminal:
        command = [sys.executable, "-m", "brainscore_data", *study["publish"]]
        done = subprocess.run(
            command, stdout=terminal, stderr=subprocess.PIPE, env=env, check=False
        )
    text = b""
    try:
        while block := os.read(ours, 65536):
            text += block
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert done.returncode == 0, done.stderr
    assert b"internal error" not in done.stderr
    plain = COLOURS.sub("", text.decode("cp1252"))
    assert "unchanged" in plain or "new" in plain
    assert "----" in plain  # lines of ASCII
    assert max(map(len, plain.partition("Paste this")[0].splitlines())) <= 60


def test_package_shows_what_it_made_and_what_to_do_with_it(tmp_path, shown):
    (folder := tmp_path / "data").mkdir()
    (folder / "dataset.toml").write_text(
        'schema = 1\n[dataset]\nlicense = "CC-BY-4.0"\nreference = "doi:10.1101/408385"\n'
        '[[assembly]]\nidentifier = "Kar2019"\nvisibility = "public"\nclass = "DataAssembly"\n'
        'values = "rates.npy"\ndims = ["neuroid"]\ncoords = { neuroid = "neuroids.csv" }\n'
    )
    np.save(folder / "rates.npy", [1.0, 2.0])
    (folder / "neuroids.csv").write_text("neuroid_id,region\nn1,IT\nn2,V4\n")
    text = COLOURS.sub("", shown(["package", str(folder), "-o", str(tmp_path / "bundle")], 60))
    assert re.search(r"^Kar2019 +public +assy_Kar2019.nc ", text, re.MULTILINE)
    assert text.rstrip().endswith(f"brainscore-data publish {tmp_path / 'bundle'} --store URL")
    assert max(len(each) for each in text.splitlines() if "next: " not in each) <= 60
