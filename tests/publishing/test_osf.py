"""A publication to OSF: all that there is to do with it, and anything going wrong at any request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import wire_faults as faults
from how_often import moments
from osf_answers import TOKEN
from published_data import CSV, STIMULI, zipped
from wire import Wire

import brainscore_data
from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.cli import main
from brainscore_data.plugins.render import render_registrations
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.osf import project as osf_project
from brainscore_data.store.urls import open_store

if TYPE_CHECKING:
    from pathlib import Path

URL = "osf://abcd1/data"
KEYS = ["assy_MajajHong2015.nc", "stimulus_hvm.csv", "stimulus_hvm.zip"]
RUN = Run("majaj", "2015-09-30T12:00:00+00:00", run_id="first")


@pytest.fixture
def node(osf):
    return osf.project("abcd1", public=True)


@pytest.fixture
def folder(bundles, rates_nc) -> Path:
    return bundles.write(
        bundles.stimulus_set("hvm", CSV, zipped(STIMULI)),
        bundles.assembly("MajajHong2015", rates_nc, stimulus_set="hvm"),
    )


@pytest.fixture
def publish(osf, folder):
    def go(run=RUN):
        return publish_bundle(folder, open_store(URL, endpoint_url=osf.url), run=run)

    return go


def versions(osf, node):
    """Count the versions of each published file."""
    return {
        name.removeprefix("data/"): len(contents)
        for name, contents in osf.files(node).items()
        if "/.brainscore-data/" not in name
    }


def objects(receipts):
    return [file.object for item in receipts.items for file in item.files]


class TestWhatIsPublished:
    def test_has_receipts_that_say_how_that_is_known(self, osf, node, publish):
        published = publish()
        files = [file for item in published.receipts.items for file in item.files]
        assert versions(osf, node) == dict.fromkeys(KEYS, 1)
        assert {file.object.verified for file in files} == {"store checksum"}
        assert {file.run.guard for file in files} == {"versions listed"}
        assert {file.run.public for file in files} == {"yes"}
        assert {file.object.endpoint for file in files} == {osf.url}
        assert publish().receipts == published.receipts.model_copy(
            update={"items": publish().receipts.items}
        )
        assert {f.run.status for i in publish().receipts.items for f in i.files} == {"unchanged"}

    @pytest.mark.usefixtures("node", "cache")
    def test_is_looked_up_loaded_verified_and_audited(self, osf, publish, tmp_path, capsys):
        receipts = publish().receipts
        at = {"store": URL, "endpoint_url": osf.url}
        (found,) = brainscore_data.lookup("MajajHong2015", **at)
        assert (found.version_id, found.verified) == (
            objects(receipts)[-1].version_id,
            "store checksum",
        )
        assert brainscore_data.load_assembly("MajajHong2015", **at).shape == (2, 3)
        assert list(brainscore_data.load_stimulus_set("hvm", **at)["stimulus_id"]) == ["n0", "n1"]
        assert brainscore_data.verify(receipts) == []
        fetched = brainscore_data.fetch("hvm", into=tmp_path / "here", **at)
        assert sorted(path.name for path in fetched) == KEYS[1:]

        plugin = tmp_path / "lab" / "brainscore_vision" / "data" / "majaj" / "__init__.py"
        plugin.parent.mkdir(parents=True)
        plugin.write_text(render_registrations(receipts, folder=plugin.parent.as_posix()))
        said = ["--store", URL, "--endpoint-url", osf.url]
        assert main(["audit", str(plugin.parents[3]), *said]) == 0
        assert main(["list", URL, "--endpoint-url", osf.url]) == 0
        assert main(["visibility", "show", "hvm", *said]) == 0
        assert main(["store", "check", URL, "--endpoint-url", osf.url]) == 0
        shown = capsys.readouterr().out
        assert "open as a whole" in shown
        assert "MajajHong2015" in shown

    @pytest.mark.usefixtures("node", "cache")
    def test_is_read_without_a_token(self, osf, publish, monkeypatch):
        receipts = publish().receipts
        monkeypatch.delenv("OSF_TOKEN")
        assert brainscore_data.verify(receipts) == []

    def test_can_be_replaced(self, osf, node, bundles, rates_nc, publish):
        first = objects(publish().receipts)[-1]
        other = bundles.write(
            bundles.assembly(
                "MajajHong2015", rates_nc + b" ", stimulus_set="hvm", replaces=first.version_id
            )
        )
        store = open_store(URL, endpoint_url=osf.url)
        second = objects(publish_bundle(other, store, run=RUN).receipts)[-1]
        assert versions(osf, node)[KEYS[0]] == 2
        assert second.version_id == first.version_id[:-1] + "2"
        assert [each.replaces for each in store.versions(KEYS[0])] == [None, first.version_id]

    def test_a_file_replaced_by_hand_is_told_by_the_audit_and_pins_stay_readable(
        self, osf, node, publish, cache
    ):
        receipts = publish().receipts
        osf.upload(node, f"data/{KEYS[0]}", b"by hand")
        assert brainscore_data.verify(receipts) == []
        with pytest.warns(UserWarning, match="which lies on top, is not"):
            brainscore_data.load_assembly("MajajHong2015", store=URL, endpoint_url=osf.url)
        osf.delete(node, f"data/{KEYS[0]}")
        (problem,) = brainscore_data.verify(receipts)
        assert problem.message == "it is gone"


def test_bytes_that_change_on_the_way_get_no_receipt(osf, osf_wire, bundles):
    """OSF is announced no hash: it tells its own, which is compared."""
    folder = bundles.write(bundles.assembly("MajajHong2015", b"spikes"))

    def damage(request):
        if request.body == b"spikes":
            request.body = b"spikeS"

    osf_wire.before = damage
    osf.project("abcd1", public=True)
    store = open_store(URL, endpoint_url=osf.url)
    with pytest.raises(DataError, match="the store holds other bytes than the bundle's") as error:
        publish_bundle(folder, store, run=RUN)
    assert "`replaces` naming this version" in str(error.value.hint)
    (there,) = store.versions(KEYS[0])
    osf_wire.before = lambda _: None
    again = bundles.write(bundles.assembly("MajajHong2015", b"spikes", replaces=there.version_id))
    (item,) = publish_bundle(again, store, run=RUN).receipts.items
    assert item.files[0].run.status == "replaced"
    assert item.files[0].object.version_id == store.versions(KEYS[0])[-1].version_id


class TestPrivateAndPublic:
    def test_a_private_item_needs_a_private_project(self, osf, node, bundles):
        folder = bundles.write(bundles.assembly("Kar2019", b"nc", visibility="private"))
        store = open_store(URL, endpoint_url=osf.url)
        with pytest.raises(UsageError, match="Kar2019 is private, and this store is open") as error:
            publish_bundle(folder, store, run=RUN)
        assert "private component" in error.value.hint
        assert osf.files(node) == {}
        node.public = False
        published = publish_bundle(folder, open_store(URL, endpoint_url=osf.url), run=RUN)
        assert published.receipts.items[0].files[0].run.status == "new"
        assert published.notices == ()

    def test_a_public_item_in_a_private_project_waits_for_it(self, node, publish, capsys, osf):
        node.public = False
        published = publish()
        notices = "\n".join(published.notices)
        assert "the project is private" in notices
        assert {file.run.public for item in published.receipts.items for file in item.files} == {
            "not yet"
        }
        said = ["--store", URL, "--endpoint-url", osf.url]
        assert main(["visibility", "set", "public", "hvm", *said, "--yes"]) == 2
        assert "Make public" in capsys.readouterr().err

    @pytest.mark.usefixtures("node")
    def test_what_is_too_large_is_refused_before_anything_is_written(
        self, osf, node, publish, monkeypatch
    ):
        monkeypatch.setattr(osf_project, "LARGEST", 300)
        with pytest.raises(DataError, match="and a file in this store at most 300"):
            publish()
        assert versions(osf, node) == {}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda osf, node, patch: patch.delenv("OSF_TOKEN"),
        lambda osf, node, patch: osf.read_only.add(TOKEN),
        lambda osf, node, patch: setattr(node, "over_quota", True),
        lambda osf, node, patch: setattr(osf, "maintenance", "page"),
        lambda osf, node, patch: osf.upload(node, "data", b"a file"),
    ],
    ids=["no token", "a read-only token", "quota", "maintenance", "a folder that is a file"],
)
def test_bad_input_ends_it_before_anything_is_written(osf, node, publish, monkeypatch, spoil):
    spoil(osf, node, monkeypatch)
    before = osf.files(node)
    with pytest.raises(BrainScoreDataError) as error:
        publish()
    assert error.value.hint
    assert osf.files(node) == before


class Killed(BaseException):
    """What ends a publisher at once, as a signal does."""


KILLED = "killed"


class TestAnyRequestGoingWrong:
    @pytest.mark.parametrize(
        "fault", ["lost request", "lost answer", "killed before", "killed after"]
    )
    def test_running_again_finishes_and_nothing_is_written_twice(
        self, osf, osf_wire, bundles, fault
    ):
        folder = bundles.write(bundles.assembly("MajajHong2015", b"nc", visibility="public"))

        def publish(run=RUN):
            return publish_bundle(folder, open_store(URL, endpoint_url=osf.url), run=run)

        for number in moments(3):
            osf.nodes.clear()
            node = osf.project("abcd1", public=True)
            happens = {
                "lost request": faults.loses_request,
                "lost answer": faults.loses_answer,
                "killed before": faults.does(_from_now_on(osf_wire)),
                "killed after": faults.does(_from_now_on(osf_wire), when="after"),
            }[fault]
            at = faults.AtCall(number, happens)
            osf_wire.faults = [at]
            outcome = _outcome(publish)
            osf_wire.faults = []
            if not at.happened:
                break
            assert outcome in {"published", 3}, (number, outcome)
            again = publish(Run("majaj", "2015-09-30T13:00:00+00:00", run_id="second"))
            assert versions(osf, node) == {KEYS[0]: 1}
            stored = {each.key: each.sha256 for each in objects(again.receipts)}
            found = {
                key: version.sha256
                for key in KEYS[:1]
                for version in open_store(URL, endpoint_url=osf.url).versions(key)
            }
            assert stored == found
        assert number > 10


def _from_now_on(wire):
    def act():
        wire.faults = [lambda request, ask: Wire.LOST]
        return Wire.LOST

    return act


def _outcome(publish):
    try:
        publish()
    except BrainScoreDataError as error:
        return error.exit_code
    return "published"


def test_two_runs_at_once_publish_one(osf, node, publish):
    """The other run comes between the look and the keeping of the first file."""
    others = []

    def other():
        others.append(publish(Run("hong", "2015-09-30T12:00:00+00:00", run_id="other")))

    osf.between = other
    publish()
    assert versions(osf, node) == dict.fromkeys(KEYS, 1)
    assert json.loads(others[0].receipts.model_dump_json())["items"]
