"""A folder of any https host, and what has a DOI: read and compared as other stores are."""

from __future__ import annotations

import json

import pytest
from published_data import CSV, STIMULI, zipped

import brainscore_data
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.cli import main
from brainscore_data.plugins.render import render_registrations
from brainscore_data.records.receipts import load_receipts
from brainscore_data.store.interface import NotStoredError, StoreUnavailableError
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

KEY = "assy_MajajHong2015.nc"
BODY = b"0123456789" * 40_000


@pytest.fixture
def store(web):
    return open_store(web.url("/lab"))


def read(store, start=0):
    with store.open(KEY, start=start) as stream:
        return stream.read()


class TestReading:
    @pytest.mark.parametrize("ranges", [True, False])
    def test_a_file_is_read_from_anywhere(self, web, store, ranges):
        web.put(f"/lab/{KEY}", BODY, ranges=ranges)
        assert store.stat(KEY).size == len(BODY)
        assert [read(store, n) for n in (0, 70_000, len(BODY))] == [BODY, BODY[70_000:], b""]

    @pytest.mark.parametrize("ranges", [True, False])
    def test_what_is_cut_off_is_gone_on_with(self, web, store, ranges):
        page = web.put(f"/lab/{KEY}", BODY, ranges=ranges)
        stream = store.open(KEY)
        page.cuts = [100_000]
        with stream:
            assert stream.read() == BODY

    def test_an_empty_file_is_one(self, web, store):
        web.put(f"/lab/{KEY}", b"")
        assert (store.stat(KEY).size, read(store)) == (0, b"")

    def test_it_is_followed_to_where_it_is(self, web, store):
        web.redirect(f"/lab/{KEY}", web.url("/elsewhere"))
        web.put("/elsewhere", BODY)
        assert read(store) == BODY

    def test_there_is_one_version_without_an_id(self, web, store):
        web.put(f"/lab/{KEY}", BODY)
        assert [each.version_id for each in store.versions(KEY)] == [None]
        assert store.stat(KEY, "null") == store.stat(KEY)
        assert store.stat(KEY, "1") is None
        assert store.latest([KEY, "stimulus_hvm.csv"]).keys() == {KEY}

    def test_what_is_not_there_is_not(self, store):
        assert store.stat(KEY) is None
        assert store.versions(KEY) == []
        with pytest.raises(NotStoredError):
            store.open(KEY)

    def test_a_web_page_is_no_file(self, web, store):
        web.put(f"/lab/{KEY}", b"<html>", headers={"Content-Type": "text/html; charset=utf-8"})
        with pytest.raises(DataError, match="localhost gives a web page"):
            store.stat(KEY)

    def test_a_host_that_is_down_may_be_up_later(self, web, store):
        web.put(f"/lab/{KEY}", status=503)
        with pytest.raises(StoreUnavailableError, match="localhost answers 503"):
            store.stat(KEY)


class TestWhatItRefuses:
    def test_it_is_written_to_by_hand(self, store, tmp_path):
        for attempt in (
            lambda: store.write(Write(KEY, tmp_path / "x.nc")),
            store.capabilities,
        ):
            with pytest.raises(UsageError, match="the program only reads from a host") as error:
                attempt()
            assert "`adopt`" in error.value.hint

    @pytest.mark.parametrize(
        ("url", "hint"),
        [
            ("https://osf.io/4xf2d/", "write osf://4xf2d"),
            ("https://lab.s3.amazonaws.com/brainio", "write s3://lab/brainio"),
            ("https://lab.org/data?token=1", "write https://host/folder"),
            ("https://me:secret@lab.org/data", "write https://host/folder"),
            ("doi:10.5281", "write doi:10.5281/zenodo.1234567"),
        ],
    )
    def test_what_is_none_is_explained(self, url, hint):
        with pytest.raises(UsageError) as error:
            open_store(url)
        assert hint in error.value.hint


class TestWhatWasPutThereByHand:
    """The way of an item: packaged here, uploaded by hand, adopted, registered and audited."""

    @pytest.fixture
    def bundle(self, bundles, rates_nc):
        return bundles.write(
            bundles.stimulus_set("hvm", CSV, zipped(STIMULI)),
            bundles.assembly("MajajHong2015", rates_nc, stimulus_set="hvm"),
        )

    def uploaded(self, web, bundle):
        for path in bundle.iterdir():
            web.put(f"/lab/{path.name}", path.read_bytes())

    def test_it_is_compared_received_registered_loaded_and_audited(
        self, web, bundle, tmp_path, capsys
    ):
        self.uploaded(web, bundle)
        url, plugin = web.url("/lab"), tmp_path / "lab" / "brainscore_vision" / "data" / "majaj"
        plugin.mkdir(parents=True)
        receipts = plugin / "receipts.json"
        said = ["adopt", str(bundle), "--at", url, "--receipts", str(receipts)]
        assert main([*said, "--allow-unversioned"]) == 0, capsys.readouterr().err
        found = load_receipts(receipts)
        (plugin / "__init__.py").write_text(render_registrations(found, folder=plugin.as_posix()))
        assert f'store="{url}"' in (plugin / "__init__.py").read_text()
        assert brainscore_data.verify(found) == []
        nc = next(f.object for i in found.items for f in i.files if f.object.key == KEY)
        assembly = brainscore_data.load_assembly("MajajHong2015", store=url, sha1=nc.sha1)
        assert assembly.shape == (2, 3)
        capsys.readouterr()
        audit = ["audit", str(plugin.parents[2]), "--store", url, "--read", "--allow-unversioned"]
        assert main([*audit, "--output-format", "json"]) == 0
        told = json.loads(capsys.readouterr().out)["stores"]
        assert told[url]["files"] == 3

        web.put(f"/lab/{KEY}", (bundle / KEY).read_bytes()[:-1] + b"!")
        assert main(audit) == 1
        (problem,) = brainscore_data.verify(found)
        assert "sha" in problem.message

    def test_bytes_that_are_others_are_not_adopted(self, web, bundle, tmp_path, capsys):
        self.uploaded(web, bundle)
        web.put(f"/lab/{KEY}", b"others")
        receipts = tmp_path / "receipts.json"
        said = ["adopt", str(bundle), "--at", web.url("/lab"), "--receipts", str(receipts)]
        assert main([*said, "--allow-unversioned"]) == 1
        assert not receipts.exists()
        assert KEY in capsys.readouterr().err


def test_what_has_a_doi_is_found_by_its_archive(internet):
    internet.redirect("doi.org/10.5281/zenodo.1", "https://zenodo.org/records/1")
    internet.put("zenodo.org/records/1", b"<html>")
    link = f"https://zenodo.org/api/records/1/files/{KEY}/content"
    file = {"key": KEY, "size": 1, "checksum": "md5:0", "links": {"self": link}}
    record = json.dumps({"id": 1, "files": [file]}).encode()
    internet.put("zenodo.org/api/records/1", record)
    internet.put(f"zenodo.org/api/records/1/files/{KEY}/content", BODY)
    store = open_store("doi:10.5281/zenodo.1")
    assert read(store) == BODY
    assert store.location.url == "doi:10.5281/zenodo.1"
