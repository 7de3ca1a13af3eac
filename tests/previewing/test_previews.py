"""What a preview sees of a dataset, a bundle, and what is published."""

from __future__ import annotations

import numpy as np
import pytest

import brainscore_data
from brainscore_data.base.errors import UsageError
from brainscore_data.cli import main
from brainscore_data.previewing.page import html
from brainscore_data.previewing.plain_text import text
from brainscore_data.previewing.previews import preview
from brainscore_data.previewing.summary_markdown import markdown


def test_stimuli_are_pictures_waveforms_texts_or_boxes_that_say_why(seen):
    stimuli = seen().items["Odd2026"].stimuli
    shown = {each.id: each for each in stimuli.sample}
    assert stimuli.count == 10
    assert stimuli.without_file == 1
    assert shown["s0"].picture.width == 8
    assert shown["s0"].detail == "8 × 8"
    assert len(shown["s6"].wave) == 120
    assert min(low for low, _ in shown["s6"].wave) < -0.2
    assert shown["s7"].text == "A <b>sentence</b>."
    assert "does not decode" in shown["s8"].error
    assert shown["s9"].error == "there is no such file"


def test_measurements_are_counted_and_summarised(seen):
    found = seen().items["Odd2026.V1"].assembly
    assert found.dims == (("presentation", 32), ("neuroid", 5), ("time_bin", 3))
    values = found.values
    assert (values.nan, values.positive_infinite, values.negative_infinite) == (1, 1, 1)
    assert sum(values.histogram.counts) == 32 * 5 * 3 - 3
    assert found.course.labels == ("0 to 50", "50 to 100", "100 to 150")
    assert (found.heat.rows, found.heat.columns) == (32, 5)
    assert found.repetitions.most == 4
    assert (found.repetitions.not_shown, found.repetitions.unknown) == (2, 0)
    assert found.reliability.median > 0.9
    groups = {each.coordinate: {g.name: g.count for g in each.groups} for each in found.groupings}
    assert groups["region"] == {"V1": 3, "V2": 2}
    assert found.sampled == ""


def test_behaviour_and_spikes_are_summarised(seen):
    items = seen().items
    behaviour = items["Odd2026.choices"].assembly.behaviour
    assert behaviour.choices == (("cat", 27), ("dog", 9))
    assert behaviour.confusion.truth == "sample_obj"
    assert behaviour.confusion.categories == ("cat", "dog")
    assert behaviour.confusion.counts == ((18, 0), (9, 9))
    assert behaviour.participants == 3
    assert any("took 36 of 40 rows" in note for note in items["Odd2026.choices"].notices)
    spikes = items["Odd2026.spikes"].assembly.spikes
    assert (spikes.units, spikes.duration, len(spikes.raster)) == (3, 2.0, 3)


def test_what_is_not_there_is_said_and_the_rest_is_shown(seen):
    items = seen().items
    assert items["Odd2026.gone"].error == "there is no 'gone.nc'"
    assert items["Odd2026"].stimuli is not None


def test_of_private_items_only_aggregates_are_seen(seen):
    whole = seen(private=True).whole
    written = repr(whole)
    for content in ("secret-1", "s0.png", "A <b>sentence", "'s3'", "'cat'", "onerror", "base64"):
        assert content not in written.replace("base64 of", "")
    items = {each.identifier: each for each in whole.items}
    assert items["Odd2026"].stimuli.count == 10
    assert items["Odd2026.V1"].assembly.values.nan == 1
    assert items["Odd2026.V1"].assembly.heat is None


def test_a_damaged_bundle_is_shown_with_what_is_wrong_first(sound, tmp_path):
    bundle = tmp_path / "bundle"
    made = brainscore_data.package(sound, bundle, jobs=1)
    whole = preview(bundle)
    assert whole.errors == ()
    assert whole.items[0].files[-1].sha1 == made.items[0].csv.sha1
    assert all(each.error == "" for each in whole.items)
    with (bundle / "stimulus_Odd2026.csv").open("a") as stream:
        stream.write("s7,s7.png,owl\n")
    damaged = preview(bundle)
    assert [each.message for each in damaged.errors] == ["its bytes are not those of bundle.json"]
    assert damaged.items[0].stimuli.count == 7


def test_what_changed_is_said_beside_the_version_in_the_store(sound, tmp_path):
    store = (tmp_path / "store").as_uri()
    brainscore_data.publish(sound, store, jobs=1)
    same = preview(sound, store=store, check=False)
    assert all(each.changes.none for each in same.items), [each.changes for each in same.items]
    (by_name,) = preview("Odd2026.IT", store=store).items
    assert by_name.assembly.dims == (("presentation", 6), ("neuroid", 2))
    assert by_name.files[0].version_id
    csv, trials = sound / "stimuli.csv", sound / "trials.csv"
    csv.write_text(csv.read_text().replace("s2,s2.png,dog", "s2,s2.png,owl"))
    (sound / "stimuli" / "s3.png").write_bytes((sound / "stimuli" / "s1.png").read_bytes())
    rates = np.load(sound / "rates.npy")
    rates[1, 0] = 7.5
    np.save(sound / "rates.npy", rates)
    trials.write_text(trials.read_text().rpartition("\ns")[0] + "\n")
    whole = preview(sound, store=store, check=False)
    changed = {each.identifier: each.changes for each in whole.items}
    assert (changed["Odd2026"].changed, changed["Odd2026"].files_changed) == (1, 1)
    assert changed["Odd2026"].examples == (("s2: object_name", "dog", "owl"),)
    assert changed["Odd2026.IT"].examples == (("presentation 1, neuroid 0", "2", "7.5"),)
    assert (changed["Odd2026.choices"].removed, changed["Odd2026.choices"].added) == (1, 0)


@pytest.mark.parametrize(
    ("what", "said"),
    [("nowhere", "there is no such folder"), (".", "neither a bundle nor a dataset")],
)
def test_what_is_none_of_these_is_refused(what, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said):
        preview(what)


def test_a_dataset_whose_manifest_cannot_be_read_has_a_page_that_begins_with_why(
    sound, tmp_path, capsys
):
    manifest = sound / "dataset.toml"
    manifest.write_text(manifest.read_text().replace('visibility = "public"', 'visibilty = "x"', 1))
    for check in (False, True):
        whole = preview(sound, check=check)
        assert whole.items == ()
        assert whole.errors
        assert "visibilty" in "".join(each.message for each in whole.errors)
    page = tmp_path / "page.html"
    assert main(["preview", str(sound), "--html", str(page)]) == 1
    text = page.read_text(encoding="utf-8")
    assert 0 < text.index("visibilty") < text.index("There is nothing in it.")
    assert "error" in capsys.readouterr().out
    manifest.write_text("schema = ")
    assert preview(sound, check=False).errors


def test_what_is_in_a_bucket_is_shown_by_its_identifier(sound, s3_server, monkeypatch, tmp_path):
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    store, reach = f"s3://{s3_server.new_bucket()}/data", {"endpoint_url": s3_server.endpoint_url}
    brainscore_data.publish(sound, store, jobs=1, **reach)
    whole = preview("Odd2026", store=store, **reach)
    (item,) = whole.items
    assert (whole.source, whole.license) == ("store", "CC-BY-4.0")
    assert item.stimuli.count == 6
    assert item.files[0].version_id
    assert item.readers.startswith(("readable", "not readable", "the store says public"))
    (rates,) = preview("Odd2026.IT", store=store, **reach).items
    assert rates.assembly.values is not None
    same = preview(sound, store=store, check=False, **reach)
    assert all(each.changes.none for each in same.items)


def test_one_stimulus_one_neuroid_and_nothing_but_nan_have_forms_too(sound):
    manifest, turned = sound / "dataset.toml", "\u202e"
    told = manifest.read_text()
    (sound / "stimuli.csv").write_text(f"stimulus_id,filename,note\ns0,s0.png,{turned}a\n")
    (sound / "presentations.csv").write_text("stimulus_id,repetition\ns0,0\n")
    (sound / "neuroids.csv").write_text("neuroid_id,region,animal\nn0,IT,a\n")
    manifest.write_text(told.partition("[[assembly]]")[0])
    assert [each.kind for each in preview(sound, check=False).items] == ["stimulus_set"]
    manifest.write_text(told.partition('[[assembly]]\nidentifier = "Odd2026.choices"')[0])
    for values in ([[1.5]], [[np.nan]], [[np.inf]]):
        np.save(sound / "rates.npy", np.array(values))
        whole = preview(sound, check=False)
        assert [each.error for each in whole.items] == ["", ""]
        assert whole.items[0].stimuli.count == 1
        seen = whole.items[1].assembly.values
        assert (seen.nan, seen.positive_infinite) == (
            np.isnan(values).sum(),
            np.isinf(values).sum(),
        )
        for made in (html(whole), text(whole, width=60), markdown(whole)):
            assert "Odd2026.IT" in made
            assert turned not in made
