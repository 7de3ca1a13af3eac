"""`list`: what is in a store, as a table, csv and json."""

from __future__ import annotations

import csv
import io
import json

import pytest

from brainscore_data.hosting.holdings import growth
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.local.folder import LocalStore

RUN = Run("majaj", "2015-09-30T12:00:00+00:00", pull_request=1938)


@pytest.fixture
def store(bundles, tmp_path):
    store = LocalStore(tmp_path / "store")
    item = bundles.assembly("Doe2024", b"nc", visibility="private")
    publish_bundle(bundles.write(item), store, run=RUN)
    return store


def test_the_command_prints_a_table_csv_and_json(store, command):
    text = command("ls", store.location.url)
    assert text.code == 0, text.err
    assert "Doe2024     assembly  1         2 B   private" in text.out
    assert "1 items; with all versions 2 B" in text.out

    [row] = csv.DictReader(
        io.StringIO(command("list", store.location.url, "--output-format", "csv").out)
    )
    assert (row["identifier"], row["size"], row["pull request"]) == ("Doe2024", "2", "1938")

    said = json.loads(
        command("list", store.location.url, "--output-format", "json", "--price", "1e9").out
    )
    assert (said["items"][0]["identifier"], said["items"][0]["pull_request"]) == ("Doe2024", 1938)
    assert [(each["stored"], each["cost"]) for each in said["months"]] == [(2, 2.0)]


def test_the_command_prints_months_and_what_they_cost(store, command):
    assert command("list", store.location.url, "--by-month").out.split() == [
        *["month", "versions", "added", "size", "size"],
        *[growth(store.upkeep.inventory())[0].month, "1", "2", "B", "2", "B"],
    ]
    assert (
        command("list", store.location.url, "--price", "1e9").out.splitlines()[1].endswith("2.00")
    )


def test_a_store_that_is_not_there_is_one_message(tmp_path, command):
    done = command("list", (tmp_path / "nothing").as_uri())
    assert (done.code, "there is no such folder" in done.err) == (2, True)
    assert command("list", "data").code == 2
