"""Lines of a plugin as they have to read, for somebody to accept."""

from __future__ import annotations

import pytest

from brainscore_data.plugins.suggesting import suggested_lines

HOME = "brainscore_vision/data/majajhong2015"
AWS = {"store": "s3://brainscore-storage/brainio-brainscore", "bucket": "brainscore-storage"}
SOURCE = """\
data_registry['MajajHong2015'] = lambda: load_assembly_from_s3(
    identifier='MajajHong2015',
    version_id='TODO',  # from the console
    sha1="0000",
    bucket="brainscore-storage/brainio-brainscore",
    cls=NeuroidAssembly,
    stimulus_set_loader=lambda: load_stimulus_set('hvm'))
"""


@pytest.fixture
def receipts(receipts_of):
    return receipts_of("MajajHong2015", **AWS)


def test_each_pin_that_is_another_has_its_line_with_its_comment_and_quotes(receipts):
    sha1 = receipts.items[0].nc.object.sha1
    assert suggested_lines(SOURCE, receipts, folder=HOME) == {
        3: "    version_id='v1',  # from the console",
        4: f'    sha1="{sha1}",',
    }


def test_accepted_lines_leave_nothing_to_suggest(receipts):
    lines = SOURCE.split("\n")
    for number, line in suggested_lines(SOURCE, receipts, folder=HOME).items():
        lines[number - 1] = line
    assert suggested_lines("\n".join(lines), receipts, folder=HOME) == {}


def test_pins_on_one_line_are_one_suggestion_also_behind_other_alphabets(receipts):
    one_line = " ".join(SOURCE.replace("  # from the console", "").split())
    found = suggested_lines(f"é = 'größe'; {one_line}\r\n", receipts, folder=HOME)
    assert list(found) == [1]
    sha1 = receipts.items[0].nc.object.sha1
    assert f"version_id='v1', sha1=\"{sha1}\", bucket=" in found[1]
    assert found[1].startswith("é = 'größe'; data_registry")
    assert not found[1].endswith("\r")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "data_registry['MajajHong2015'] = (",
        "data_registry['Kar2019'] = lambda: load_assembly_from_s3(identifier='Kar2019', sha1='0')",
        SOURCE.replace("'TODO'", "find_version()"),
    ],
    ids=["empty", "no Python", "another", "computed"],
)
def test_what_a_line_cannot_mend_has_no_suggestion(receipts, source):
    assert suggested_lines(source, receipts, folder=HOME) == {}
