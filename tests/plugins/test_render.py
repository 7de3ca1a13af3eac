"""Registrations: Python that Brain-Score's plugin discovery finds, in the form that fits."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.base.errors import UsageError
from brainscore_data.plugins.render import quoted, render_registration, render_registrations

VISION = {"store": "s3://brainscore-storage/brainio-brainscore", "bucket": "brainscore-storage"}
LANGUAGE = {
    "store": "s3://brainscore-storage/brainscore-language",
    "bucket": "brainscore-storage",
    "plugin": "brainscore_language/data/pereira2018",
}


def calls(text):
    """Read each registration: (registry, key) → loader's name and its keyword arguments."""
    found = {}
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign):
            target, call = statement.targets[0], statement.value.body
            place = (target.value.id, ast.literal_eval(target.slice))
            found[place] = (
                ast.unparse(call.func),
                {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords},
            )
    return found


def names_imported(text):
    imported = set()
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.ImportFrom | ast.Import):
            imported |= {alias.name for alias in statement.names}
    return imported


def names_used(text):
    tree = ast.parse(text)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_a_stimulus_set_on_aws_takes_brain_scores_own_form(receipts_of):
    text = render_registrations(receipts_of("hvm", **VISION))
    loader, arguments = calls(text)["stimulus_set_registry", "hvm"]
    assert loader == "load_stimulus_set_from_s3"
    assert list(arguments) == [
        "identifier",
        "bucket",
        "csv_sha1",
        "zip_sha1",
        "csv_version_id",
        "zip_version_id",
    ]
    assert arguments["bucket"] == "'brainscore-storage/brainio-brainscore'"


def test_an_assembly_on_aws_takes_brain_scores_own_form(receipts_of):
    text = render_registrations(receipts_of("MajajHong2015.public", **VISION))
    loader, arguments = calls(text)["data_registry", "MajajHong2015.public"]
    assert loader == "load_assembly_from_s3"
    assert arguments["cls"] == "NeuroidAssembly"
    assert arguments["stimulus_set_loader"] == "lambda: load_stimulus_set('hvm')"
    assert "merge_stimulus_set_meta" not in arguments


def test_the_key_is_literal_and_on_one_line_with_its_registry(receipts_of):
    lines = render_registrations(receipts_of("hvm", "MajajHong2015.public", **VISION)).split("\n")
    assert sum("stimulus_set_registry['hvm'] = lambda:" in line for line in lines) == 1
    assert sum("data_registry['MajajHong2015.public'] = lambda:" in line for line in lines) == 1


@pytest.mark.parametrize("place", [VISION, LANGUAGE, {}, {"endpoint": "http://localhost:9000"}])
def test_everything_that_is_used_is_imported_and_the_other_way_round(receipts_of, place):
    text = render_registrations(receipts_of("hvm", "MajajHong2015.public", **place))
    assert names_used(text) == names_imported(text)


def test_a_stimulus_set_that_cannot_be_merged_is_only_referred_to(receipts_of):
    receipts = receipts_of("MajajHong2015", merges_stimulus_set=False, **VISION)
    _, arguments = calls(render_registrations(receipts))["data_registry", "MajajHong2015"]
    assert arguments["merge_stimulus_set_meta"] == "False"


def test_an_assembly_without_a_stimulus_set_has_no_loader_for_one(receipts_of):
    receipts = receipts_of("MajajHong2015", stimulus_set=None, **VISION)
    text = render_registrations(receipts)
    assert "load_stimulus_set" not in text


def test_an_assembly_of_a_language_plugin_in_its_bucket_takes_the_language_form(receipts_of):
    text = render_registrations(receipts_of("Pereira2018.language", stimulus_set=None, **LANGUAGE))
    loader, arguments = calls(text)["data_registry", "Pereira2018.language"]
    assert loader == "load_from_s3"
    assert set(arguments) == {"identifier", "sha1", "version_id", "cls"}
    assert "from brainscore_language import data_registry" in text


@pytest.mark.parametrize(
    ("changed", "folder", "expected"),
    [
        ({}, "", "from brainscore_language import data_registry\n"),  # its bucket says it
        (
            {"store": "s3://lab/data"},
            "brainscore_language/data/pereira2018",
            "from brainscore_language import data_registry\n",
        ),
        (
            {"store": "s3://lab/data"},
            "/a/brainscore_language/data/b",
            "from brainscore_language import data_registry\n",
        ),
        (
            {"store": "s3://lab/data"},
            "data/pereira2018",
            "from brainscore_vision import data_registry  # or from brainscore_language\n",
        ),
        (
            {"store": "s3://lab/data", "stimulus_set": "hvm"},
            "data/a",
            "from brainscore_vision import data_registry, load_stimulus_set\n",
        ),
    ],
)
def test_a_dataset_that_names_no_plugin_is_language_s_where_something_says_so(
    receipts_of, changed, folder, expected
):
    receipts = receipts_of(
        "Pereira2018.language", **{"stimulus_set": None, **LANGUAGE, **changed, "plugin": None}
    )
    text = render_registrations(receipts, folder=folder)
    assert expected in text
    ast.parse(text)


def test_a_language_plugin_elsewhere_on_aws_takes_cores_loader(receipts_of):
    place = LANGUAGE | {"store": "s3://my-lab/language", "bucket": "my-lab"}
    text = render_registrations(receipts_of("Pereira2018", stimulus_set=None, **place))
    assert calls(text)["data_registry", "Pereira2018"][0] == "load_assembly_from_s3"
    assert "from brainscore_language import data_registry" in text


@pytest.mark.parametrize(
    "place",
    [
        {"store": "file:///srv/brain-score", "bucket": None, "region": None},
        {"store": "s3://lab/data", "bucket": "lab", "endpoint": "http://localhost:9000"},
    ],
)
def test_a_store_that_brain_scores_form_cannot_reach_takes_ours(receipts_of, place):
    text = render_registrations(receipts_of("hvm", "MajajHong2015", **place))
    loader, arguments = calls(text)["data_registry", "MajajHong2015"]
    assert loader == "brainscore_data.load_assembly"
    assert arguments["store"] == repr(place["store"])
    assert arguments.get("endpoint_url") == (
        repr(place["endpoint"]) if "endpoint" in place else None
    )
    loader, arguments = calls(text)["stimulus_set_registry", "hvm"]
    assert loader == "brainscore_data.load_stimulus_set"
    assert arguments["cls"] == "StimulusSet"


def test_brain_scores_form_can_be_forced_for_another_endpoint(receipts_of):
    place = {"store": "s3://lab/data", "bucket": "lab", "endpoint": "http://localhost:9000"}
    text = render_registrations(receipts_of("MajajHong2015", **place), "s3")
    assert calls(text)["data_registry", "MajajHong2015"][0] == "load_assembly_from_s3"


def test_a_form_that_cannot_reach_the_store_is_an_error(receipts_of):
    in_folder = receipts_of("Kar2019", store="file:///srv", bucket=None).items[0]
    with pytest.raises(UsageError, match="cannot reach"):
        render_registration(in_folder, "s3")
    with pytest.raises(UsageError, match="language form"):
        render_registration(in_folder, "language")


def test_a_missing_version_id_is_written_as_s3_and_living_registrations_write_it(receipts_of):
    text = render_registrations(receipts_of("Kar2019", nc_version=None, **VISION))
    assert calls(text)["data_registry", "Kar2019"][1]["version_id"] == "'null'"


@given(identifier=st.text(min_size=1, max_size=40))
def test_no_identifier_can_get_out_of_its_literal(identifier):
    assert ast.literal_eval(quoted(identifier)) == identifier


@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize("text", ["a\\b", "\\", "C:\\new\\table", "ends with \\", "\\' + x + '"])
def test_a_backslash_is_escaped_in_whatever_quotes(text, quote):
    assert ast.literal_eval(quoted(text, quote)) == text


@pytest.mark.parametrize("identifier", ["x'] = 1; import os #", 'x"\n::error::', "a\\'b"])
def test_a_hostile_identifier_stays_a_key(receipts_of, identifier):
    receipts = receipts_of("Kar2019", **VISION)
    item = receipts.items[0].model_copy(update={"identifier": identifier})
    text = render_registrations(receipts.model_copy(update={"items": [item]}))
    assert set(calls(text)) == {("data_registry", identifier)}
    assert "os" not in names_imported(text)
