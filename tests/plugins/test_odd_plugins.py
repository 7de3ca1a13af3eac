"""`register` on sources as people write them, and what Python makes of the result."""

from __future__ import annotations

import runpy
import sys
import types
from unittest.mock import MagicMock

import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.plugins.registering import plan_registering

AWS = {"store": "s3://brainscore-storage/brainio-brainscore", "bucket": "brainscore-storage"}
LANGUAGE = {"store": "s3://brainscore-storage/brainscore-language", "bucket": "brainscore-storage"}
PLUGIN = "brainscore_vision/data/majajhong2015"
NAME = "MajajHong2015.public"
OLD = f"""\
data_registry['{NAME}'] = lambda: load_assembly_from_s3(
    identifier='{NAME}',
    version_id='old',
    sha1='{"b" * 40}',
    bucket='brainscore-storage/brainio-brainscore',
    cls=NeuroidAssembly)
"""
CALL = f"load_assembly_from_s3('{NAME}', 'old', '1', 'brainscore-storage/brainio-brainscore', Cls)"
BRAINIO = "brainscore_core.supported_data_standards.brainio"


@pytest.fixture
def registered(tmp_path, receipts_of):
    """Register in a plugin with this source; gives the new source."""

    def register(source, *identifiers, plugin=PLUGIN, where=AWS):
        folder = tmp_path / plugin
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").write_bytes(source.encode())
        receipts = receipts_of(*(identifiers or [NAME]), plugin=plugin, **where)
        result = plan_registering(receipts, folder, is_earlier=lambda *_: True)
        assert not result.refused
        result.write()
        again = plan_registering(receipts, folder, is_earlier=lambda *_: False)
        assert not any(text.changes for text in again.texts), "a second run changes nothing"
        return (folder / "__init__.py").read_bytes().decode()

    return register


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run a plugin among stand-ins of Brain-Score's packages; gives what its loaders got."""

    def load(source, key, registry="data_registry", package="brainscore_vision"):
        calls = []

        def loader(name):
            return lambda *args, **options: calls.append((name, args, options))

        modules = {
            package: ["data_registry", "stimulus_set_registry", "load_stimulus_set"],
            f"{BRAINIO}.s3": ["load_assembly_from_s3", "load_stimulus_set_from_s3"],
            f"{BRAINIO}.assemblies": ["NeuroidAssembly"],
            "brainscore_language.utils.s3": ["load_from_s3"],
        }
        for module, names in modules.items():
            made = types.ModuleType(module)
            for name in names:
                value = {} if name.endswith("registry") else loader(name)
                setattr(made, name, name if name.endswith("Assembly") else value)
            monkeypatch.setitem(sys.modules, module, made)
        for parent in ("brainscore_core", BRAINIO.rpartition(".")[0], BRAINIO):
            monkeypatch.setitem(sys.modules, parent, MagicMock(__path__=[]))
        path = tmp_path / "to_run.py"
        path.write_text(source)
        runpy.run_path(str(path))
        getattr(sys.modules[package], registry)[key]()
        (call,) = calls
        return call

    return load


@pytest.mark.parametrize(
    "source",
    [
        "",
        "# how it was measured",
        '"""Majaj and Hong, 2015."""',
        '"""Majaj."""\nfrom __future__ import annotations\n\nX = 1',
        "from brainscore_vision import data_registry as registry, stimulus_set_registry\n",
        "try:\n    from brainscore_vision import data_registry\nexcept ImportError:\n    raise\n",
        f"import {BRAINIO}.s3\nfrom brainscore_vision import *\n",
        f"from {BRAINIO}.s3 import load_assembly_from_s3 as load\r\n",
    ],
)
def test_python_runs_what_was_written_whatever_was_there(registered, run, source):
    after = registered(source)
    name, _, options = run(after, NAME)
    assert name == "load_assembly_from_s3"
    assert options["identifier"] == NAME
    assert options["version_id"] == "v1"
    assert options["bucket"] == "brainscore-storage/brainio-brainscore"
    assert options["cls"] == "NeuroidAssembly"


def test_an_import_stands_apart_from_the_docstring(registered):
    assert registered('"""Majaj."""\n').startswith('"""Majaj."""\n\nfrom brainscore')


def test_a_plugin_that_is_indented_with_tabs_goes_on_with_tabs(registered):
    after = registered(OLD.replace("    ", "\t"), NAME, "Kar2019")
    assert "data_registry['Kar2019']" in after
    assert "    " not in after
    assert "\n\tidentifier='Kar2019',\n" in after


def test_a_file_without_a_line_end_at_its_end_gets_one(registered):
    after = registered(OLD.rstrip("\n"), NAME, "Kar2019")
    assert "cls=NeuroidAssembly)\n\ndata_registry['Kar2019']" in after
    assert after.endswith(")\n")


@pytest.mark.parametrize(
    "text",
    [
        f'BIBTEX = """@article{{majaj2015,\n{OLD}}}"""\n',
        f"'''Once this was\n{OLD.replace(NAME, 'Kar2019')}'''\n",
        "".join(f"# {line}\n" for line in OLD.splitlines()),
    ],
)
def test_what_only_looks_like_a_registration_stays(registered, text):
    source = text + "from brainscore_vision import data_registry\n" + OLD
    after = registered(source)
    assert after.startswith(text)
    assert after.count("version_id='old'") == text.count("version_id='old'")
    assert after.count("version_id='v1'") == 1


def test_a_call_inside_wrappers_is_updated_and_the_wrappers_stay(registered):
    source = f"data_registry['µ{NAME}'] = lambda: as_str(mend({CALL}, n=2))  # µ\n"
    after = registered(source)
    assert after.startswith(f"data_registry['µ{NAME}'] = lambda: as_str(mend(load_assembly")
    assert after.endswith(", Cls), n=2))  # µ\n")
    assert f"('{NAME}', 'v1', '" in after


def test_each_branch_of_a_condition_is_updated(registered):
    entry = f"    data_registry['{NAME}'] = lambda: {CALL}\n"
    after = registered(f"if FAST:\n{entry}else:\n{entry}")
    assert (after.count("'old'"), after.count("'v1'")) == (0, 2)


def test_other_statements_of_the_line_stay(registered):
    after = registered(f"x = 1; data_registry['{NAME}'] = lambda: {CALL}; y = 2\n")
    assert after.startswith("x = 1; data_registry")
    assert after.endswith("; y = 2\n")


def test_new_values_have_the_quotes_of_the_old_ones_or_of_the_file(registered):
    source = OLD.replace("version_id='old'", "version_id=VERSION").replace("'b", "r'b")
    after = registered(f"VERSION = 'old'\n{source}")
    assert "version_id='v1'" in after
    assert '"' not in after


def test_a_name_that_the_plugin_defines_is_not_imported(registered):
    source = (
        f"def load_assembly_from_s3(*args): ...\nfrom brainscore_vision import data_registry\n{OLD}"
    )
    after = registered(source, NAME, "Kar2019")
    assert "import load_assembly_from_s3" not in after


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (f"x = {'-' * 900}1\n", "nested too deeply"),
        ("if a: pass\n" + "elif b: pass\n" * 2000, "nested too deeply"),
        ("x = 1\n\fy = 2\n", "such as form feeds"),
    ],
)
def test_what_cannot_be_changed_without_harm_is_refused_in_words(registered, tmp_path, odd, said):
    with pytest.raises(DataError, match=said):
        registered(OLD + odd)
    assert (tmp_path / PLUGIN / "__init__.py").read_text() == OLD + odd


class TestLanguage:
    PLUGIN = "brainscore_language/data/pereira2018"

    def test_a_new_plugin_loads_with_the_language_form(self, tmp_path, receipts_of, run):
        folder = tmp_path / self.PLUGIN
        receipts = receipts_of(NAME, plugin=self.PLUGIN, **LANGUAGE)
        plan_registering(receipts, folder, is_earlier=lambda *_: False).write()
        source = (folder / "__init__.py").read_text()
        name, _, options = run(source, NAME, package="brainscore_language")
        assert name == "load_from_s3"
        assert options.keys() == {"identifier", "sha1", "version_id", "cls"}
        test = (folder / "test.py").read_text()
        compile(test, "test.py", "exec")
        assert "from brainscore_language import load_dataset" in test
        assert "stimulus_set" not in test

    def test_a_stimulus_set_is_left_out_and_that_is_said(self, tmp_path, receipts_of):
        folder = tmp_path / self.PLUGIN
        receipts = receipts_of("hvm", plugin=self.PLUGIN, **LANGUAGE)
        result = plan_registering(receipts, folder, is_earlier=lambda *_: False)
        assert [change.action for change in result.changes] == ["skip"]
        assert "no registry for stimulus sets" in result.changes[0].reason
        result.write()
        assert not folder.exists(), "there is nothing to register"
