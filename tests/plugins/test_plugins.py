"""`register` on one plugin: evidence, refusals, and what a new plugin gets."""

from __future__ import annotations

import ast

import pytest

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.dataset.manifest import Manifest
from brainscore_data.plugins.homes import plugin_folder
from brainscore_data.plugins.new_plugin import drafted_files
from brainscore_data.plugins.parse import parse_plugin
from brainscore_data.plugins.registering import plan_registering

AWS = {"store": "s3://brainscore-storage/brainio-brainscore", "bucket": "brainscore-storage"}
PLUGIN = "brainscore_vision/data/majajhong2015"
OLD_SHA1 = "b" * 40
PINNED = f"""\
from brainscore_vision import data_registry

data_registry['MajajHong2015.public'] = lambda: load_assembly_from_s3(
    identifier="MajajHong2015.public",
    version_id="old",  # of the first upload
    sha1="{OLD_SHA1}",
    bucket="brainscore-storage/brainio-brainscore",
    cls=NeuroidAssembly)
"""


def never(receipt, version_id):
    return False


def always(receipt, version_id):
    return True


@pytest.fixture
def plugin(tmp_path):
    folder = tmp_path / PLUGIN
    folder.mkdir(parents=True)
    return folder


def planned(folder, receipts, source=None, is_earlier=never, **options):
    if source is not None:
        (folder / "__init__.py").write_bytes(source.encode())
    return plan_registering(receipts, folder, is_earlier=is_earlier, **options)


def only(result):
    (change,) = result.changes
    return change


def test_a_pin_is_replaced_when_the_store_lists_it_as_earlier(plugin, receipts_of):
    asked = []

    def is_earlier(receipt, version_id):
        asked.append((receipt.object.version_id, version_id))
        return True

    result = planned(plugin, receipts_of("MajajHong2015.public", **AWS), PINNED, is_earlier)
    assert asked == [("v1", "old")]
    assert only(result).action == "update"
    assert 'version_id="v1",  # of the first upload' in result.texts[0].after
    assert OLD_SHA1 not in result.texts[0].after


def test_a_pin_is_not_replaced_when_nothing_shows_that_it_is_old(plugin, receipts_of):
    result = planned(plugin, receipts_of("MajajHong2015.public", **AWS), PINNED)
    assert only(result).action == "refuse"
    assert "'old'" in only(result).reason
    assert "--force" in only(result).hint
    assert not result.texts[0].changes


def test_force_replaces_it_all_the_same(plugin, receipts_of):
    result = planned(plugin, receipts_of("MajajHong2015.public", **AWS), PINNED, force=True)
    assert only(result).action == "update"


def test_a_receipt_that_says_what_it_replaced_is_evidence_enough(plugin, receipts_of):
    receipts = receipts_of("MajajHong2015.public", **AWS)
    item = receipts.items[0]
    run = item.nc.run.model_copy(update={"status": "replaced", "replaces": "old"})
    item = item.model_copy(update={"nc": item.nc.model_copy(update={"run": run})})
    receipts = receipts.model_copy(update={"items": [item]})
    assert only(planned(plugin, receipts, PINNED)).action == "update"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_license_stands_above_a_registration_and_follows_an_update(plugin, receipts_of, end):
    receipts = receipts_of("MajajHong2015.public", **AWS)
    items = [each.model_copy(update={"license": "CC-BY-4.0"}) for each in receipts.items]
    receipts = receipts.model_copy(update={"items": items})
    added = planned(plugin, receipts).texts[0].after
    assert "# License: CC-BY-4.0\ndata_registry['MajajHong2015.public'] = lambda:" in added
    stated = PINNED.replace("data_registry[", "# License: CC0-1.0\ndata_registry[")
    other = "# License: CC0-1.0\nOTHER = 1\n"  # of something else
    source = (stated + other).replace("\n", end)
    after = planned(plugin, receipts, source, force=True).texts[0].after
    assert f"# License: CC-BY-4.0{end}data_registry[" in after
    assert after.endswith(other.replace("\n", end))


@pytest.mark.parametrize("text", ["data_registry['Other2020']", "MIT\nimport os", ""])
def test_no_license_registers_anything(plugin, receipts_of, text):
    receipts = receipts_of("MajajHong2015.public", **AWS)
    items = [each.model_copy(update={"license": text}) for each in receipts.items]
    after = planned(plugin, receipts.model_copy(update={"items": items})).texts[0].after
    assert "# License" not in after
    assert "Other2020" not in after
    assert "import os" not in after


def test_an_unversioned_pin_of_the_same_bytes_gets_its_version(plugin, receipts_of):
    receipts = receipts_of("MajajHong2015.public", **AWS)
    source = PINNED.replace(OLD_SHA1, receipts.items[0].nc.object.sha1).replace("old", "null")
    result = planned(plugin, receipts, source)
    assert only(result).action == "update"
    assert 'version_id="v1"' in result.texts[0].after


@pytest.mark.parametrize(
    "source",
    [
        'data_registry["MajajHong2015.public"] = lambda: load()',
        "# data_registry['MajajHong2015.public'] is in another place now",
    ],
)
def test_a_key_that_another_plugin_has_is_refused(source, plugin, receipts_of):
    other = plugin.parent / "copied" / "__init__.py"
    other.parent.mkdir()
    other.write_text(f"\n{source}\n")
    for before in (None, PINNED):
        result = planned(plugin, receipts_of("MajajHong2015.public", **AWS), before, force=True)
        assert only(result).action == "refuse"
        assert f"{other}:2" in only(result).reason
        assert not any(text.changes for text in result.texts)


def test_a_key_of_the_other_registry_or_of_another_folder_is_free(plugin, receipts_of):
    source = "data_registry['MajajHong2015.public'] = lambda: load()\n"
    for name, text in {
        "data/other": source.replace("data_", "stimulus_set_"),
        "benchmarks/other": source,
        "data/_other": source,  # which Brain-Score does not look into
        "data/other/inner": source,
    }.items():
        folder = plugin.parent.parent / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(text)
    result = planned(plugin, receipts_of("MajajHong2015.public", **AWS))
    assert only(result).action == "add"


def test_the_key_that_a_registration_has_is_the_one_that_counts(plugin, receipts_of):
    source = PINNED.replace("data_registry['MajajHong2015.public']", "data_registry['MajajHong']")
    for key, action in {"MajajHong2015.public": "update", "MajajHong": "refuse"}.items():
        other = plugin.parent / "other" / "__init__.py"
        other.parent.mkdir(exist_ok=True)
        other.write_text(f"data_registry['{key}'] = lambda: load()\n")
        receipts = receipts_of("MajajHong2015.public", **AWS)
        assert only(planned(plugin, receipts, source, force=True)).action == action


def test_a_missing_argument_is_added_in_the_formatting_of_the_others(tmp_path, receipts_of):
    folder = tmp_path / "brainscore_language/data/pereira2018"
    folder.mkdir(parents=True)
    receipts = receipts_of(
        "Pereira2018.language",
        plugin="brainscore_language/data/pereira2018",
        store="s3://brainscore-storage/brainscore-language",
        bucket="brainscore-storage",
    )
    sha1 = receipts.items[0].nc.object.sha1
    source = (
        "data_registry['Pereira2018.language'] = lambda: load_from_s3(\n"
        f'    identifier="Pereira2018.language",\n    sha1="{sha1}")\n'
    )
    result = planned(folder, receipts, source)
    assert result.texts[0].after == source.replace(
        f'    sha1="{sha1}")', f'    sha1="{sha1}",\n    version_id="v1")'
    )


def test_a_registration_with_computed_pins_is_left_alone_and_refused(plugin, receipts_of):
    source = PINNED.replace(f'"{OLD_SHA1}"', "SHA1S['public']")
    result = planned(plugin, receipts_of("MajajHong2015.public", **AWS), source, always)
    assert only(result).action == "refuse"
    assert only(result).line == 3
    assert not result.texts[0].changes


def test_registrations_in_a_loop_are_reported_and_left_alone(plugin, receipts_of):
    source = (
        "for name in NAMES:\n    data_registry[f'Geirhos2021_{name}'] = load(name)  # as it was\n"
    )
    result = planned(plugin, receipts_of("MajajHong2015.public", **AWS), source)
    assert result.left_alone == (2,)
    assert source in result.texts[0].after


def test_a_key_that_loads_something_else_is_taken(plugin, receipts_of):
    source = PINNED.replace('identifier="MajajHong2015.public"', 'identifier="Other2015"')
    result = planned(plugin, receipts_of("MajajHong2015.public", **AWS), source, always)
    assert "is taken" in only(result).reason


def test_other_content_in_another_store_is_refused(plugin, receipts_of):
    source = PINNED.replace("brainio-brainscore", "elsewhere")
    result = planned(plugin, receipts_of("MajajHong2015.public", **AWS), source, always)
    assert "elsewhere" in only(result).reason


def test_the_same_content_in_another_store_is_refused_and_not_for_its_version(plugin, receipts_of):
    tried = planned(plugin, receipts_of("hvm", store="file:///tmp/try", bucket=None), "")
    tried.write()
    receipts = receipts_of("hvm", endpoint="https://minio.lab.edu", csv_version="other")
    change = only(planned(plugin, receipts))
    assert "the same content in file:///tmp/try" in change.reason
    assert "lookup" not in change.hint
    forced = planned(plugin, receipts, force=True)
    assert 'store="s3://lab/data"' in forced.texts[0].after


def test_a_loader_of_ours_that_is_not_needed_any_more_is_refused(plugin, receipts_of):
    planned(plugin, receipts_of("hvm", store="file:///tmp/try", bucket=None), "").write()
    change = only(planned(plugin, receipts_of("hvm", **AWS)))
    assert "brainscore_data's loader" in change.reason
    assert "remove that registration" in change.hint


def test_a_loader_that_cannot_reach_the_store_is_refused(plugin, receipts_of):
    result = planned(plugin, receipts_of("MajajHong2015.public", bucket=None), PINNED, always)
    assert "cannot reach" in only(result).reason


def test_a_store_that_is_not_on_aws_gets_our_own_loaders(plugin, receipts_of):
    receipts = receipts_of("hvm", "MajajHong2015.public", endpoint="https://minio.lab.edu")
    after = planned(plugin, receipts, "").texts[0].after
    assert "brainscore_data.load_assembly(" in after
    assert "import brainscore_data" in after
    assert 'endpoint_url="https://minio.lab.edu"' in after


def test_a_stimulus_set_is_loaded_by_the_key_that_the_plugin_has_for_it(plugin, receipts_of):
    source = (
        "stimulus_set_registry['hvm_shown'] = lambda: load_stimulus_set_from_s3(\n"
        "    identifier='hvm', bucket='b', csv_sha1='1', zip_sha1='2', csv_version_id='3',\n"
        "    zip_version_id='4')\n"
    )
    after = planned(plugin, receipts_of("MajajHong2015.public", **AWS), source).texts[0].after
    assert "load_stimulus_set('hvm_shown')" in after


def test_imports_that_are_there_are_not_repeated(plugin, receipts_of):
    source = (
        "from brainio.assemblies import NeuroidAssembly\n"
        "from brainscore_vision.data_helpers.s3 import load_assembly_from_s3\n"
        "from brainscore_vision import data_registry  # the one registry\n"
    )
    after = planned(plugin, receipts_of("MajajHong2015.public", **AWS), source).texts[0].after
    names = [
        alias.name
        for node in ast.parse(after).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert sorted(names) == [
        "NeuroidAssembly",
        "data_registry",
        "load_assembly_from_s3",
        "load_stimulus_set",
    ]
    assert "# the one registry" in after


def test_a_constant_of_the_module_stands_for_the_bucket(plugin, receipts_of):
    source = '_BUCKET = "brainscore-storage/brainio-brainscore"\n'
    after = planned(plugin, receipts_of("MajajHong2015.public", **AWS), source).texts[0].after
    assert "bucket=_BUCKET" in after


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_stay_what_they_are(plugin, receipts_of, end):
    source = PINNED.replace("\n", end)
    receipts = receipts_of("hvm", "MajajHong2015.public", **AWS)
    after = planned(plugin, receipts, source, always).texts[0].after
    assert after.count("\n") == after.count(end)


def test_a_byte_order_mark_stays(plugin, receipts_of):
    receipts = receipts_of("hvm", "MajajHong2015.public", **AWS)
    result = planned(plugin, receipts, "\ufeff" + PINNED, always)
    assert result.texts[0].after.startswith("\ufefffrom")
    assert parse_plugin(result.texts[0].after.encode()).error is None
    assert not planned(plugin, receipts, result.texts[0].after).texts[0].changes


def test_a_source_with_a_syntax_error_is_named_with_its_line(plugin, receipts_of):
    with pytest.raises(DataError, match=r"never closed") as caught:
        planned(plugin, receipts_of("hvm", **AWS), "x = 1\ndata_registry['a'] = (\n")
    assert caught.value.where.endswith("__init__.py:2")


def test_receipts_of_another_plugin_are_refused(plugin, receipts_of):
    with pytest.raises(DataError, match="belongs to brainscore_vision/data/kar2019"):
        planned(plugin, receipts_of("hvm", plugin="brainscore_vision/data/kar2019", **AWS), "")


def test_receipts_of_another_dataset_are_refused(plugin, receipts_of):
    (plugin / "dataset.toml").write_text(
        'schema = 1\n[dataset]\nlicense = "CC-BY-4.0"\n[[assembly]]\nidentifier = "Kar2019"\nvisibility = "public"\n'
        'class = "NeuroidAssembly"\ndata = "a.nc"\n'
    )
    with pytest.raises(DataError, match="another dataset: hvm"):
        planned(plugin, receipts_of("hvm", plugin=None, **AWS), "")


def test_a_read_only_plugin_is_not_replaced(unprivileged, receipts_of):
    folder = unprivileged / PLUGIN
    folder.mkdir(parents=True)
    result = planned(folder, receipts_of("hvm", **AWS), PINNED)
    (folder / "__init__.py").chmod(0o444)
    with pytest.raises(UsageError, match="cannot be written to"):
        result.write()
    assert (folder / "__init__.py").read_text() == PINNED


def test_a_new_plugin_gets_registrations_and_a_test_that_python_can_read(tmp_path, receipts_of):
    folder = tmp_path / PLUGIN
    result = plan_registering(
        receipts_of("hvm", "MajajHong2015.public", **AWS), folder, is_earlier=never
    )
    result.write()
    assert parse_plugin((folder / "__init__.py").read_bytes()).error is None
    test = (folder / "test.py").read_text()
    names = {node.name for node in ast.parse(test).body if isinstance(node, ast.FunctionDef)}
    assert "test_file_has_the_published_size_and_hash" in names
    assert {"test_stimulus_set_loads", "test_assembly_loads"} <= names


def test_imports_do_not_part_a_drafted_todo_from_what_it_is_about(plugin, receipts_of):
    manifest = Manifest.model_validate({"schema": 1, "dataset": {"license": "CC0-1.0"}})
    source = drafted_files(PLUGIN, manifest)["__init__.py"]
    after = planned(plugin, receipts_of("hvm", **AWS), source).texts[0].after
    assert "import stimulus_set_registry" in after
    assert "\n# TODO: the reference of the publication, as BibTeX\nBIBTEX = " in after


def test_a_test_that_is_there_is_not_replaced(plugin, receipts_of):
    (plugin / "test.py").write_text("def test_shape(): ...\n")
    result = planned(plugin, receipts_of("hvm", **AWS))
    result.write()
    assert (plugin / "test.py").read_text() == "def test_shape(): ...\n"


def test_the_plugin_is_the_one_that_the_receipts_name(tmp_path, receipts_of):
    dataset = tmp_path / "datasets" / "majajhong2015"
    dataset.mkdir(parents=True)
    (tmp_path / "brainscore_vision").mkdir()
    assert plugin_folder(receipts_of("hvm", **AWS), dataset, None) == tmp_path / PLUGIN


@pytest.mark.parametrize("of_its_own", [True, False])
def test_a_dataset_elsewhere_is_registered_in_the_checkout_that_one_works_in(
    of_its_own, tmp_path, receipts_of, monkeypatch
):
    dataset, checkout = tmp_path / "my study", tmp_path / "vision"
    (dataset / ".git" if of_its_own else dataset).mkdir(parents=True)
    (checkout / "brainscore_vision" / "data").mkdir(parents=True)
    receipts = receipts_of("hvm", **AWS)
    monkeypatch.chdir(checkout / "brainscore_vision")
    assert plugin_folder(receipts, dataset, None) == checkout / PLUGIN
    monkeypatch.chdir(tmp_path)
    if of_its_own:
        assert plugin_folder(receipts, dataset, None) == dataset / PLUGIN
    else:
        with pytest.raises(UsageError, match="in no folder above"):
            plugin_folder(receipts, dataset, None)


def test_receipts_that_name_no_plugin_belong_to_the_one_they_lie_in(plugin, receipts_of):
    receipts = receipts_of("hvm", plugin=None)
    assert plugin_folder(receipts, plugin, None) == plugin  # by its place among Brain-Score's
    elsewhere = plugin.parents[2] / "study"
    elsewhere.mkdir()
    with pytest.raises(UsageError, match="do not say which plugin"):
        plugin_folder(receipts, elsewhere, None)
    (elsewhere / "__init__.py").touch()
    assert plugin_folder(receipts, elsewhere, None) == elsewhere


def test_a_plugin_that_was_named_after_publishing_is_that_of_dataset_toml(tmp_path, receipts_of):
    dataset = tmp_path / "my study"
    dataset.mkdir()
    manifest = dataset / "dataset.toml"
    listed = '[[stimulus_set]]\nidentifier = "hvm"\nvisibility = "public"\nmetadata = "stimuli.csv"\nfiles = "stimuli"\n'
    named_nowhere = f'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n{listed}'
    manifest.write_text(named_nowhere)
    receipts = receipts_of("hvm", plugin=None)
    with pytest.raises(UsageError) as error:
        plugin_folder(receipts, dataset, None)
    assert f"register '{dataset}' brainscore_vision/" in error.value.hint
    assert "put `plugin = …` below [dataset]" in error.value.hint
    # The hint, literally.
    manifest.write_text(named_nowhere.replace("[dataset]\n", f'[dataset]\nplugin = "{PLUGIN}"\n'))
    (tmp_path / "brainscore_vision").mkdir()
    assert plugin_folder(receipts, dataset, None) == tmp_path / PLUGIN


def test_without_a_dataset_toml_none_is_offered_for_the_plugins_name(tmp_path, receipts_of):
    with pytest.raises(UsageError) as error:
        plugin_folder(receipts_of("hvm", plugin=None), tmp_path, None)
    assert "dataset.toml" not in error.value.hint


class TestConstantsOfOldPins:
    """What held the old hash, once the registration holds the new one."""

    SOURCE = PINNED.replace(f'"{OLD_SHA1}"', "_SHA1")

    def registered(self, plugin, receipts_of, source):
        return planned(plugin, receipts_of("MajajHong2015.public", **AWS), source, always)

    def with_constant(self, constant):
        return self.SOURCE.replace("registry\n", f"registry\n\n{constant}\n", 1)

    def test_one_of_the_module_s_own_goes_with_its_last_use(self, plugin, receipts_of):
        source = self.with_constant(f"_SHA1 = '{OLD_SHA1}'")
        after = self.registered(plugin, receipts_of, source).texts[0].after
        assert "_SHA1" not in after
        assert after.startswith("from brainscore_vision import data_registry\n\ndata_registry[")

    @pytest.mark.parametrize(
        "constant",
        [
            f"_SHA1 = '{OLD_SHA1}'  # as on OSF",
            f"# as on OSF\n_SHA1 = '{OLD_SHA1}'",
            f"_SHA1 = '{OLD_SHA1}'\n__all__ = ['_SHA1']",
            f"_SHA1 = '{OLD_SHA1}'\n_BOTH = [_SHA1]",
            f"_A, _SHA1 = 'a', '{OLD_SHA1}'",
        ],
    )
    def test_one_that_says_more_or_has_another_use_stays(self, constant, plugin, receipts_of):
        result = self.registered(plugin, receipts_of, self.with_constant(constant))
        assert constant in result.texts[0].after

    def test_one_that_others_may_import_stays_and_is_named(self, plugin, receipts_of):
        source = self.with_constant(f"SHA1 = '{OLD_SHA1}'").replace("=_SHA1", "=SHA1")
        result = self.registered(plugin, receipts_of, source)
        assert f"SHA1 = '{OLD_SHA1}'" in result.texts[0].after
        assert result.unused == ("SHA1",)

    def test_one_that_was_unused_before_is_none_of_our_business(self, plugin, receipts_of):
        source = self.with_constant(f"_SHA1 = '{OLD_SHA1}'\n_OTHER = 'x'")
        result = self.registered(plugin, receipts_of, source)
        assert "_OTHER = 'x'" in result.texts[0].after
        assert result.unused == ()


class TestAPluginOutsideOfTheRepositories:
    """A folder that is named on the command line may be anywhere."""

    VISION = "from brainscore_vision import load_stimulus_set\n"
    LANGUAGE = "from brainscore_language.utils.s3 import load_from_s3\n"

    def test_its_imports_say_what_it_is(self, tmp_path, receipts_of):
        folder = tmp_path / "doe2024"
        folder.mkdir()
        receipts = receipts_of("Doe2024", plugin=None, bucket=None)
        for source, package in (
            (self.VISION, "brainscore_vision"),
            (self.LANGUAGE, "brainscore_language"),
        ):
            after = planned(folder, receipts, source).texts[0].after
            assert f"from {package} import data_registry" in after

    def test_that_the_dataset_names_its_place_in_the_repository_is_no_contradiction(
        self, tmp_path, receipts_of
    ):
        result = planned(tmp_path / "here", receipts_of("hvm", plugin=PLUGIN, **AWS))
        assert "from brainscore_vision import" in result.texts[0].after
        assert "brainscore_vision" in result.texts[1].after

    def test_what_is_in_languages_own_store_is_languages(self, tmp_path, receipts_of):
        store = {"store": "s3://brainscore-storage/brainscore-language", "bucket": "x"}
        receipts = receipts_of("Doe2024", plugin=None, stimulus_set=None, **store)
        after = planned(tmp_path / "doe2024", receipts).texts[0].after
        assert "from brainscore_language.utils.s3 import load_from_s3" in after

    def test_stimulus_sets_are_visions(self, tmp_path, receipts_of):
        receipts = receipts_of("Doe2024", plugin=None, stimulus_set="hvm", bucket=None)
        after = planned(tmp_path / "doe2024", receipts).texts[0].after
        assert "from brainscore_vision import data_registry, load_stimulus_set" in after

    def test_where_nothing_says_it_one_question_is_asked_and_form_answers_it(
        self, tmp_path, receipts_of
    ):
        receipts = receipts_of("Doe2024", plugin=None, stimulus_set=None, bucket=None)
        with pytest.raises(UsageError, match=r"vision or to language\?") as caught:
            planned(tmp_path / "doe2024", receipts)
        assert "--form vision or --form language" in caught.value.hint
        for library in ("vision", "language"):
            after = planned(tmp_path / "doe2024", receipts, library=library).texts[0].after
            assert f"from brainscore_{library} import data_registry" in after

    def test_an_answer_that_contradicts_the_plugin_is_refused(self, tmp_path, plugin, receipts_of):
        (tmp_path / "doe2024").mkdir()
        for folder in (plugin, tmp_path / "doe2024"):
            with pytest.raises(UsageError, match="one of brainscore_vision"):
                planned(folder, receipts_of("hvm", **AWS), self.VISION, library="language")


def test_a_plugin_in_another_place_of_the_repository_is_refused(tmp_path, receipts_of):
    with pytest.raises(DataError, match=f"belongs to {PLUGIN}"):
        planned(tmp_path / "brainscore_vision/data/other", receipts_of("hvm", **AWS))


TABLE = """\
from brainscore_vision import data_registry

_PINS = {"version_id": "%s", "sha1": "%s"}
data_registry['MajajHong2015.public'] = lambda: load_assembly_from_s3(
    identifier="MajajHong2015.public",
    version_id=_PINS["version_id"],
    sha1=_PINS["sha1"],
    bucket="brainscore-storage/brainio-brainscore",
    cls=NeuroidAssembly)
"""


def test_pins_in_a_table_are_read_and_never_written_over(plugin, receipts_of):
    receipts = receipts_of("MajajHong2015.public", **AWS)
    right = TABLE % ("v1", receipts.items[0].nc.object.sha1)
    assert only(planned(plugin, receipts, right)).action == "keep"
    result = planned(plugin, receipts, TABLE % ("old", OLD_SHA1), force=True)
    assert only(result).action == "refuse"
    assert not result.texts[0].changes
