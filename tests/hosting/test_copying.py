"""Copying what is published to another store: the same bytes, with receipts and registrations for there."""

from __future__ import annotations

import json

import pytest
import wire_faults as faults
from how_often import each_by_night
from published_data import CSV, STIMULI, zipped

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.cli import main
from brainscore_data.hosting.copying import carry_out, planned_copy
from brainscore_data.plugins.render import render_registrations
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.reading.verification import verify
from brainscore_data.records.receipts import load_receipts, save_receipts
from brainscore_data.store.local.folder import LocalStore
from brainscore_data.store.s3 import copying as s3_copying
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

KEYS = ["assy_MajajHong2015.nc", "stimulus_hvm.csv", "stimulus_hvm.zip"]
RUN = Run("majaj", "2015-09-30T12:00:00+00:00", run_id="first")
AGAIN = Run("majaj", "2015-09-30T13:00:00+00:00", run_id="second")

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Leave receipts that belong to no dataset where nobody commits them."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(bundles, rates_nc):
    return bundles.write(
        bundles.stimulus_set("hvm", CSV, zipped(STIMULI)),
        bundles.assembly("MajajHong2015", rates_nc, stimulus_set="hvm"),
    )


@pytest.fixture
def checkout(tmp_path):
    """A repository with one plugin that has a dataset."""
    root = tmp_path / "lab"
    (root / ".git").mkdir(parents=True)
    (root / "brainscore_vision" / "data" / "majajhong2015").mkdir(parents=True)
    return root


@pytest.fixture
def plugin(checkout):
    return checkout / "brainscore_vision" / "data" / "majajhong2015"


@pytest.fixture
def published(folder, plugin):
    """Publish to a store, with receipts and registrations in the checkout."""

    def publish(store):
        receipts = publish_bundle(folder, store, run=RUN).receipts.model_copy(
            update={"plugin": "brainscore_vision/data/majajhong2015"}
        )
        save_receipts(receipts, plugin / "receipts.json")
        text = render_registrations(receipts, folder=plugin.as_posix())
        (plugin / "__init__.py").write_text(text)
        return receipts

    return publish


@pytest.fixture(params=each_by_night(["moto", "Ceph"], by_day=["moto"]))
def server(request):
    """A server that has checksums and conditions, and one that has neither."""
    return request.getfixturevalue({"moto": "s3_server", "Ceph": "ceph_rgw"}[request.param])


def contents(store):
    found = {}
    for key in KEYS:
        for version in store.versions(key):
            with store.open(key, version.version_id) as stream:
                found.setdefault(key, []).append(stream.read())
    return found


def test_from_osf_to_a_bucket_and_the_registrations_follow(
    osf, server, published, checkout, plugin, capsys
):
    osf.project("abcd1", public=True)
    source = open_store("osf://abcd1/data", endpoint_url=osf.url)
    before = published(source)
    url = f"s3://{server.new_bucket()}/brainio"
    to = ["--endpoint-url", server.endpoint_url, "--from-endpoint-url", osf.url]
    at = ["--checkout", str(checkout)]

    assert main(["copy", "osf://abcd1/data", url, *at, *to, "--plan", "--price", "0.1"]) == 0
    assert "2 items, 3 files: 3 to copy" in (said := capsys.readouterr().out)
    assert "at least" in said
    assert "A plan: nothing was copied." in said
    target = open_store(url, endpoint_url=server.endpoint_url)
    assert contents(target) == {}

    assert main(["copy", "osf://abcd1/data", url, *at, *to, "--register"]) == 0
    assert contents(target) == contents(source)
    assert capsys.readouterr().out.count("yes") == 3
    after = load_receipts(plugin / "receipts.json")
    assert verify(after) == []
    assert {file.object.store for item in after.items for file in item.files} == {url}
    assert [item.model_dump(exclude={"csv", "zip", "nc"}) for item in after.items] == [
        item.model_dump(exclude={"csv", "zip", "nc"}) for item in before.items
    ]
    digests = [[f.object.digest for i in r.items for f in i.files] for r in (before, after)]
    assert digests[0] == digests[1]
    text = (plugin / "__init__.py").read_text()
    assert f'store="{url}"' in text
    assert f'endpoint_url="{server.endpoint_url}"' in text
    assert "osf://" not in text
    assert (plugin / "requirements.txt").read_text() == "brainscore-data[s3]>=0.1.0\n"

    assert main(["copy", "osf://abcd1/data", url, "hvm", *at, *to]) == 0
    assert "0 to copy" in capsys.readouterr().out
    assert {key: len(found) for key, found in contents(target).items()} == dict.fromkeys(KEYS, 1)


def test_null_pins_of_a_whole_repository_leave_their_bucket(
    s3_server, client, published, checkout, plugin, capsys, playing_aws, folder
):
    """What others put into a bucket without versions, and registrations pin as null."""
    playing_aws(s3_server.endpoint_url)
    old = "brainio-old"
    client.create_bucket(Bucket=old)
    receipts = published(LocalStore(checkout.parent / "store"))
    for key in KEYS:
        client.put_object(Bucket=old, Key=key, Body=(folder / key).read_bytes())
    moved = {
        file.object: file.object.model_copy(
            update={"store": f"s3://{old}", "bucket": old, "version_id": None}
        )
        for item in receipts.items
        for file in item.files
    }
    items = [
        item.model_copy(
            update={
                name: each.model_copy(update={"object": moved[each.object]})
                for name, each in item
                if name in {"csv", "zip", "nc"}
            }
        )
        for item in receipts.items
    ]
    text = render_registrations(receipts.model_copy(update={"items": items}), form="s3")
    assert text.count('"null"') == 3
    (plugin / "__init__.py").write_text(text)
    (plugin / "receipts.json").unlink()
    new = s3_server.new_bucket()

    said = ["copy", f"s3://{old}", f"s3://{new}", "--checkout", str(checkout), "--register"]
    assert main(said) == 0
    out = capsys.readouterr().out
    assert "inside of the server" in out
    rows = [line.split() for line in out.splitlines() if line.startswith(("assy_", "stimulus_"))]
    assert [row[1] for row in rows] == ["null"] * 3
    assert [row[-1] for row in rows] == ["yes"] * 3
    text = (plugin / "__init__.py").read_text()
    assert "null" not in text
    assert all(row[2] in text for row in rows)
    assert f'bucket="{new}"' in text
    after = load_receipts(plugin / "receipts.json")
    assert verify(after) == []
    assert {file.object.digest for item in after.items for file in item.files} == {None}
    (assembly,) = [item for item in after.items if item.kind == "assembly"]
    said = (assembly.assembly_class, assembly.stimulus_set, assembly.merges_stimulus_set)
    assert said == ("NeuroidAssembly", "hvm", True)


class TestWhatIsRefused:
    def test_bytes_that_are_not_those_that_are_pinned(self, tmp_path, published, checkout):
        source = LocalStore(tmp_path / "store")
        published(source)
        path = next((tmp_path / "store").glob("assy*/*/*.nc"))
        path.write_bytes(b"x" * path.stat().st_size)
        target = LocalStore(tmp_path / "other")
        with pytest.raises(BrainScoreDataError, match="has other bytes than"):
            planned_copy(source, target, ["MajajHong2015"], checkout, run=RUN)
        assert contents(target) == {}

    def test_a_private_item_to_where_all_is_public(self, osf, tmp_path, bundles, checkout):
        source = LocalStore(tmp_path / "store")
        bundle = bundles.write(bundles.assembly("Kar2019", b"nc", visibility="private"))
        publish_bundle(bundle, source, run=RUN)
        node = osf.project("abcd1", public=True)
        target = open_store("osf://abcd1", endpoint_url=osf.url)
        found = planned_copy(source, target, ["Kar2019"], checkout, run=RUN)
        with pytest.raises(BrainScoreDataError, match="Kar2019 is private, and this store is open"):
            carry_out(found, run=RUN)
        assert osf.files(node) == {}
        node.public = False
        target = open_store("osf://abcd1", endpoint_url=osf.url)
        carry_out(planned_copy(source, target, ["Kar2019"], checkout, run=RUN), run=RUN)
        assert target.tags("assy_Kar2019.nc")["visibility"] == "private"

    def test_a_key_that_is_taken_by_other_content(self, tmp_path, published, checkout):
        source, target = LocalStore(tmp_path / "store"), LocalStore(tmp_path / "other")
        published(source)
        (tmp_path / "x.nc").write_bytes(b"other")
        target.write(Write(KEYS[0], tmp_path / "x.nc"))
        found = planned_copy(source, target, ["hvm", "MajajHong2015"], checkout, run=RUN)
        with pytest.raises(BrainScoreDataError, match="taken by other content"):
            carry_out(found, run=RUN)
        assert list(contents(target)) == KEYS[:1]


def test_what_no_receipt_names_is_copied_with_a_receipt_of_its_own(
    tmp_path, folder, checkout, capsys
):
    source = LocalStore(tmp_path / "store")
    publish_bundle(folder, source, run=RUN)
    output = tmp_path / "new.json"
    said = [source.location.url, (tmp_path / "other").as_uri(), "--output", str(output)]
    assert main(["copy", *said, "--checkout", str(checkout)]) == 0
    assert contents(LocalStore(tmp_path / "other")) == contents(source)
    assert verify(load_receipts(output)) == []
    assert json.loads(output.read_text())["items"][0]["license"] == "CC-BY-4.0"
    assert f"wrote {output}" in capsys.readouterr().out


def test_stopped_at_any_request_it_goes_on(osf, osf_wire, tmp_path, published, checkout):
    source = LocalStore(tmp_path / "store")
    published(source)
    for number in (3, 14, 26):
        osf.nodes.clear()
        osf.project("abcd1", public=True)
        fault = faults.AtCall(number, faults.loses_answer, onwards=True)
        osf_wire.faults = [fault]

        def go(run):
            target = open_store("osf://abcd1", endpoint_url=osf.url)
            found = planned_copy(source, target, ["hvm", "MajajHong2015"], checkout, run=run)
            return carry_out(found, run=run)

        with pytest.raises(BrainScoreDataError) as error:
            go(RUN)
        assert (error.value.exit_code, fault.happened) == (3, True)
        osf_wire.faults = []
        moved = go(AGAIN)
        assert [each.same_bytes for each in moved] == [True] * 3
        target = open_store("osf://abcd1", endpoint_url=osf.url)
        assert contents(target) == contents(source)


class TestInsideOfAServer:
    @pytest.fixture
    def stores(self, server):
        options = {"endpoint_url": server.endpoint_url}
        return [open_store(f"s3://{server.new_bucket()}/a", **options) for _ in range(2)]

    def test_it_is_copied_there(self, stores, published, checkout):
        source, target = stores
        published(source)
        found = planned_copy(source, target, ["hvm", "MajajHong2015"], checkout, run=RUN)
        assert found.inside
        moved = carry_out(found, run=RUN)
        assert [each.same_bytes for each in moved] == [True] * 3
        assert contents(target) == contents(source)
        assert target.tags(KEYS[0])["visibility"] == "public"

    @pytest.mark.parametrize(
        "refusal",
        each_by_night(
            [(403, "AccessDenied"), (501, "NotImplemented")], by_day=[(501, "NotImplemented")]
        ),
    )
    def test_where_nobody_may_copy_it_is_read_and_put(
        self, wire, s3_server, published, checkout, refusal
    ):
        def refuse(request):
            copies = request.method == "PUT" and request.header("x-amz-copy-source")
            return wire.error(*refusal) if copies else None

        wire.before = refuse
        options = {"endpoint_url": wire.endpoint_url}
        source, target = (
            open_store(f"s3://{s3_server.new_bucket()}/a", **options) for _ in range(2)
        )
        published(source)
        found = planned_copy(source, target, ["hvm", "MajajHong2015"], checkout, run=RUN)
        assert found.inside
        assert [each.same_bytes for each in carry_out(found, run=RUN)] == [True] * 3
        assert contents(target) == contents(source)
        assert any(request.header("x-amz-copy-source") for request in wire.requests)

    def test_what_is_large_is_copied_in_parts(self, stores, bundles, checkout, monkeypatch):
        source, target = stores
        content = b"0123456789abcdef" * (6 << 16)  # 6 MiB: a part has 5 at least
        monkeypatch.setattr(s3_copying, "LARGEST", 1)
        monkeypatch.setattr(s3_copying, "PART", 5 << 20)
        bundle = bundles.write(bundles.assembly("MajajHong2015", content))
        publish_bundle(bundle, source, run=RUN)
        found = planned_copy(source, target, ["MajajHong2015"], checkout, run=RUN)
        (moved,) = carry_out(found, run=RUN)
        assert moved.same_bytes
        assert contents(target) == {KEYS[0]: [content]}
        assert target.tags(KEYS[0])["visibility"] == "public"
        assert target.stat(KEYS[0]).metadata["identifier"] == "MajajHong2015"
