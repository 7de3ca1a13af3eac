from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from brainscore_data.dataset.schema import json_schema, write_schema

COMMITTED = Path(__file__).parents[2] / "schema" / "dataset.schema.json"
EXAMPLE = tomllib.loads(Path(__file__).with_name("example.toml").read_text(encoding="utf-8"))


def test_the_committed_schema_is_the_models_one():
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == json_schema(), (
        "run: python -m brainscore_data.dataset.schema schema/dataset.schema.json"
    )


def test_writing_gives_the_committed_file(tmp_path):
    write_schema(tmp_path / "schema.json")
    assert (tmp_path / "schema.json").read_bytes() == COMMITTED.read_bytes()


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_design_s_example_is_valid():
    jsonschema.validate(EXAMPLE, json_schema())


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ((), "schema", 2),
        (("dataset",), "licence", "MIT"),
        (("assembly", 0), "class", "NeuroidAssembyl"),
        (("assembly", 0), "table", "trials.csv"),
        (("assembly", 2, "stimulus_id"), "from", "folder"),
        (("sources", "stimuli.zip"), "url", "http://osf.io/x"),
        (("sources", "stimuli.zip"), "sha256", "A" * 64),
    ],
)
def test_what_the_models_refuse_the_schema_refuses(place, key, value):
    document = json.loads(json.dumps(EXAMPLE))
    table = document
    for part in place:
        table = table[part]
    table[key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema())
