"""Receipts: saved whole, read back equal, merged without noise."""

from __future__ import annotations

import json

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.records.bundle import CheckRecord
from brainscore_data.records.receipts import (
    load_receipts,
    merge_receipts,
    receipts_at,
    save_receipts,
)


def test_receipts_come_back_as_they_were_saved(receipts_of, tmp_path):
    receipts = receipts_of("hvm", "MajajHong2015.public")
    save_receipts(receipts, tmp_path / "receipts.json")
    assert load_receipts(tmp_path / "receipts.json") == receipts
    assert json.loads((tmp_path / "receipts.json").read_text())["schema"] == 1


def test_a_folder_and_its_manifest_name_the_receipts_in_it(tmp_path):
    here = tmp_path / "receipts.json"
    assert receipts_at(tmp_path) == receipts_at(tmp_path / "dataset.toml") == here
    assert receipts_at(here) == here


def test_publishing_again_leaves_the_file_as_it_is(receipts_of, tmp_path):
    first = merge_receipts(receipts_of(), receipts_of("hvm", "MajajHong2015", who="majaj"))
    again = merge_receipts(first, receipts_of("hvm", "MajajHong2015", who="hong"))
    for name, receipts in (("a", first), ("b", again)):
        save_receipts(receipts, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_only_the_file_whose_object_changed_gets_the_new_run(receipts_of):
    old = receipts_of("hvm", who="majaj")
    new = receipts_of("hvm", who="hong", csv_version="v9")
    merged = merge_receipts(old, new).items[0]
    assert merged.csv.run.who == "hong"
    assert merged.csv.object.version_id == "v9"
    assert merged.zip.run.who == "majaj"


def test_items_that_the_run_did_not_publish_stay(receipts_of):
    merged = merge_receipts(receipts_of("hvm", "Kar2019"), receipts_of("MajajHong2015"))
    assert [item.identifier for item in merged.items] == ["hvm", "Kar2019", "MajajHong2015"]


def test_the_order_does_not_depend_on_what_was_published_first(receipts_of):
    one, other = receipts_of("hvm", "Kar2019"), receipts_of("MajajHong2015")
    assert merge_receipts(one, other).items == merge_receipts(other, one).items


def test_a_stimulus_set_and_an_assembly_may_share_an_identifier(receipts_of):
    receipts = receipts_of("hvm")
    twin = receipts_of("Kar2019").items[0].model_copy(update={"identifier": "hvm"})
    merged = merge_receipts(receipts, receipts.model_copy(update={"items": [twin]}))
    assert [item.kind for item in merged.items] == ["stimulus_set", "assembly"]


def test_one_identifier_under_two_prefixes_keeps_two_receipts(receipts_of):
    usual = receipts_of("Kar2019")
    ceiling = usual.items[0].model_copy(update={"prefix": "ceiling_"})
    merged = merge_receipts(usual, usual.model_copy(update={"items": [ceiling]}))
    assert [item.prefix for item in merged.items] == ["assy_", "ceiling_"]


def checked(receipts, *ran):
    record = CheckRecord(ran=list(ran), ignored=[], baseline=False, warnings=[])
    return receipts.model_copy(update={"checks": record})


def test_a_run_that_changed_nothing_keeps_what_the_receipts_say_of_earlier_checks(receipts_of):
    old = checked(receipts_of("hvm", "Kar2019"), "BSD401")
    again = checked(receipts_of("hvm", "Kar2019", who="hong"), "BSD401", "BSD999")
    assert merge_receipts(old, again) == old


def test_a_run_that_changed_something_says_which_checks_it_was(receipts_of):
    old = checked(receipts_of("hvm", "Kar2019"), "BSD401")
    for new in (receipts_of("hvm", csv_version="v9"), receipts_of("MajajHong2015")):
        checks = checked(new, "BSD999").checks
        assert merge_receipts(old, checked(new, "BSD999")).checks == checks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Invalid JSON"),
        ('{"schema": 2, "dataset": "hvm"}', "schema 2 is not known"),
        ('{"schema": 1, "dataset": "hvm", "surprise": 1}', "surprise"),
    ],
)
def test_what_is_not_receipts_is_an_error_that_names_the_file(tmp_path, text, message):
    (tmp_path / "receipts.json").write_text(text)
    with pytest.raises(UsageError, match=message) as error:
        load_receipts(tmp_path / "receipts.json")
    assert "receipts.json" in error.value.where


def test_missing_receipts_are_an_error_that_says_who_writes_them(tmp_path):
    with pytest.raises(UsageError, match="publish"):
        load_receipts(tmp_path / "receipts.json")
