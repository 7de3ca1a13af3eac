"""Ctrl-C: exit code 130, nothing half done under a final name, and a second run that finishes."""

from __future__ import annotations

import json

import pytest
from how_often import each_by_night

# Sends this process a real SIGINT when it is about to give a file, or a folder, its final name
# for the n-th time; a bundle and every file of a store get their names by a rename. So do receipts,
# but at times of their own: tests/publishing/test_keeping.py.
CTRL_C = """
import os, signal
renames = 0
def watch(event, arguments):
    global renames
    if event != "os.rename" or os.path.basename(os.fsdecode(arguments[1])).startswith("receipt"):
        return
    renames += 1
    if renames == {number}:
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(watch)
"""
# Sends it when the n-th item is given to the cage, whose program goes on writing its files.
CTRL_C_AT_ITEM = """
import os, signal
from brainscore_data.cage.workers import Workers
items, call = 0, Workers.call
def watched(workers, function, **arguments):
    global items
    items += function.__name__ == "package_item"
    if function.__name__ == "package_item" and items == {number}:
        os.kill(os.getpid(), signal.SIGINT)
    return call(workers, function, **arguments)
Workers.call = watched
"""
ITEMS = 4
# bundle.json, and the folder itself; the files of items get their names in the cage.
RENAMES_OF_PACKAGE = 2
# zip, csv, three nc.
RENAMES_OF_PUBLISH = 5
PACKAGE = {
    **{f"item-{number}": CTRL_C_AT_ITEM.format(number=number) for number in (1, ITEMS)},
    **{
        f"rename-{number}": CTRL_C.format(number=number)
        for number in range(1, RENAMES_OF_PACKAGE + 1)
    },
}
# By day the csv, between its zip and all others, and the last.
PUBLISH = each_by_night(range(1, RENAMES_OF_PUBLISH + 1), by_day=(2, 5))


def assert_interrupted(answer):
    assert answer.code == 130, answer.err
    assert (answer.out, answer.err) == ("", "interrupted; running it again is safe\n")


@pytest.mark.parametrize("moment", each_by_night(PACKAGE, by_day=("item-4", "rename-2")))
def test_package_leaves_no_bundle_and_works_the_second_time(
    study, child, command, contents, tmp_path, moment
):
    out = tmp_path / "out" / "bundle"
    package = ("package", study.folder, "-o", out)
    assert_interrupted(child(*package, before=PACKAGE[moment]))
    assert list(out.parent.iterdir()) == []
    assert command(*package).code == 0
    assert len(contents(out)) == 6


# Between the last two there is neither the old bundle nor the new one.
@pytest.mark.parametrize("number", each_by_night(range(1, RENAMES_OF_PACKAGE + 2), by_day=(2, 3)))
def test_package_leaves_the_bundle_that_was_there(
    study, child, command, contents, tmp_path, number
):
    out = tmp_path / "out" / "bundle"
    package = ("package", study.folder, "-o", out)
    assert command(*package).code == 0
    before = contents(out.parent)
    study.edit("trials.csv", "431", "432")
    assert_interrupted(child(*package, before=CTRL_C.format(number=number)))
    assert contents(out.parent) == before


@pytest.mark.parametrize("number", PUBLISH)
def test_publish_keeps_receipts_of_what_is_finished_and_the_second_run_writes_no_second_version(
    study, child, command, tmp_path, number
):
    bundle, store = tmp_path / "bundle", tmp_path / "store"
    assert command("package", study.folder, "-o", bundle).code == 0
    publish = ("publish", bundle, "--store", store.as_uri())
    assert_interrupted(child(*publish, before=CTRL_C.format(number=number)))

    receipts = bundle / "receipts.json"
    if receipts.exists():
        assert command("verify", receipts).code == 0
    kept = json.loads(receipts.read_text())["items"] if receipts.exists() else []
    bundled = json.loads((bundle / "bundle.json").read_text())["items"]
    # Those at work when it comes are waited for: what is whole in the store has a receipt.
    there = {path.parent.name for path in store.glob("*.versions/*")}
    whole = [
        item["identifier"]
        for item in bundled
        if {f"{item[kind]['name']}.versions" for kind in ("csv", "zip", "nc") if kind in item}
        <= there
    ]
    assert sorted(item["identifier"] for item in kept) == sorted(whole)

    assert command(*publish).code == 0
    versions = [path.name for path in store.glob("*.versions/*")]
    assert versions == ["00000001"] * 5
    assert len(json.loads(receipts.read_text())["items"]) == 4
    assert command("verify", receipts).code == 0


def test_there_are_no_more_moments_than_those_tried(study, child, tmp_path):
    package = ("package", study.folder, "-o", tmp_path / "bundle")
    assert child(*package, before=CTRL_C.format(number=RENAMES_OF_PACKAGE + 1)).code == 0
    publish = ("publish", tmp_path / "bundle", "--store", (tmp_path / "store").as_uri())
    assert child(*publish, before=CTRL_C.format(number=RENAMES_OF_PUBLISH + 1)).code == 0
