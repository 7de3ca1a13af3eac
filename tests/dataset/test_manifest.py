"""The models of a manifest, their JSON Schema, and what must know of a key or a class beside them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, get_args

import jsonschema
import pytest
from pydantic import TypeAdapter, ValidationError

from brainscore_data.brainio import assemblies, plain_assemblies
from brainscore_data.dataset.assembly_classes import ASSEMBLY_CLASSES, AssemblyClass
from brainscore_data.dataset.assembly_tables import ASSEMBLY_FORMS
from brainscore_data.dataset.document import names_in
from brainscore_data.dataset.manifest import StimulusSet, json_schema, write_schema

COMMITTED = Path(__file__).parents[2] / "schema" / "dataset.schema.json"
EXAMPLE = tomllib.loads(Path(__file__).with_name("example.toml").read_text(encoding="utf-8"))


def test_the_committed_schema_is_the_models_one():
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == json_schema(), (
        "run: python -m brainscore_data.dataset.manifest schema/dataset.schema.json"
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


@pytest.mark.parametrize("model", [StimulusSet, *ASSEMBLY_FORMS.values()])
def test_each_key_that_takes_paths_is_known_to_who_reads_without_the_models(model):
    paths = 0
    for name, field in model.model_fields.items():
        type_ = (
            Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        )
        adapter = TypeAdapter(type_)
        for value in ("../x", {"a": "../x"}):
            try:
                adapter.validate_python(value)
            except ValidationError as error:
                if "leaves the folder" in str(error):
                    assert list(names_in({name: value}, Path())) == [(name, "../x")]
                    paths += 1
    assert paths >= 2


def test_an_assembly_class_has_its_dimensions_and_is_in_the_drop_in():
    assert get_args(AssemblyClass) == tuple(ASSEMBLY_CLASSES)
    assert set(ASSEMBLY_CLASSES) < set(assemblies.__all__)
    assert all(hasattr(plain_assemblies, name) for name in ASSEMBLY_CLASSES)
