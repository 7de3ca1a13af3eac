import hashlib
import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.dataset.manifest import Manifest, Source
from brainscore_data.sources.downloading import Downloaded
from brainscore_data.sources.pinning import AddedSource, _suggested, add_source, fetch_source

BODY = hashlib.shake_256(b"stimuli").digest(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()

START = """\
schema = 1  # the only one

[dataset]
license = "CC-BY-4.0"    # aligned
"""
ITEM = """
[[stimulus_set]]
identifier = "Gratings2024"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli.zip"
"""


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "gratings"
    folder.mkdir()
    (folder / "dataset.toml").write_text(START + ITEM)
    return folder


def manifest_of(dataset):
    return tomllib.loads((dataset / "dataset.toml").read_text(encoding="utf-8"))


def entry_of(web):
    return {"url": web.url("/stimuli.zip"), "sha256": SHA256, "size": len(BODY)}


def test_a_source_is_downloaded_hashed_and_written_into_the_manifest(web, dataset):
    web.put("/stimuli.zip", BODY)
    added = add_source(dataset, web.url("/stimuli.zip"))
    assert added == AddedSource("stimuli.zip", web.url("/stimuli.zip"), SHA256, len(BODY))
    entry = Manifest.model_validate(manifest_of(dataset)).sources["stimuli.zip"]
    assert (entry.url, entry.sha256, entry.size) == (added.url, added.sha256, len(BODY))


def test_what_was_added_is_in_the_cache_already(web, dataset):
    web.put("/stimuli.zip", BODY)
    added = add_source(dataset, web.url("/stimuli.zip"))
    web.log.clear()
    path = fetch_source(added.name, Source(url=added.url, sha256=added.sha256))
    assert path.read_bytes() == BODY
    assert web.log == []


@pytest.mark.parametrize(
    "text",
    [
        START + ITEM,
        (START + ITEM).rstrip("\n"),
        START + ITEM + "\n# the end\n",
        START + "\n[sources]  # large files\n# from the lab\n" + ITEM,
        START
        + '\n[sources]\n"a.zip" = { url = "https://a/", sha256 = "00" } # old\n\n# next\n'
        + ITEM,
        START + '\n[sources]\n"a.zip" = { url = "https://a/", sha256 = "00" }',
        START + '\n[sources."a.zip"]\nurl = "https://a/"\nsha256 = "00"\n' + ITEM,
        "sources = {}\n" + START,
        'sources = { "a.zip" = { url = "https://a/", sha256 = "00" } }\n' + START,
        'sources."a.zip" = { url = "https://a/", sha256 = "00" }\n' + START,
        (START + "\n[sources]\n" + ITEM).replace("\n", "\r\n"),
        START + ITEM.replace("Gratings", "Rasmußen"),
    ],
)
def test_everything_else_in_the_manifest_stays_as_it_was(web, dataset, text):
    web.put("/stimuli.zip", BODY)
    (dataset / "dataset.toml").write_bytes(text.encode())
    before = manifest_of(dataset)
    add_source(dataset, web.url("/stimuli.zip"))
    after = manifest_of(dataset)
    assert after["sources"].pop("stimuli.zip") == entry_of(web)
    assert after == before | {"sources": before.get("sources", {})}
    written = (dataset / "dataset.toml").read_bytes().decode()
    remaining = iter(written.splitlines())
    kept = [line for line in text.splitlines() if not line.startswith("sources = {")]
    assert all(line in remaining for line in kept), written


def test_sources_that_are_scattered_over_the_manifest_stay(web, dataset):
    web.put("/stimuli.zip", BODY)
    scattered = '[sources."a.zip"]\nurl = "a"\n' + ITEM + '\n[sources."b.zip"]\nurl = "b"\n'
    (dataset / "dataset.toml").write_text(START + scattered)
    before = manifest_of(dataset)
    add_source(dataset, web.url("/stimuli.zip"))
    sources = before["sources"] | {"stimuli.zip": entry_of(web)}
    assert manifest_of(dataset) == before | {"sources": sources}


def test_an_entry_looks_as_people_write_it(web, dataset):
    web.put("/stimuli.zip", BODY)
    (dataset / "dataset.toml").write_text(START.rstrip("\n"))
    add_source(dataset, web.url("/stimuli.zip"))
    entry = f'"stimuli.zip" = {{ url = "{web.url("/stimuli.zip")}", sha256 = "{SHA256}", size = 300000 }}'
    assert (dataset / "dataset.toml").read_text() == f"{START}\n[sources]\n{entry}\n"


def test_adding_the_same_file_again_changes_nothing(web, dataset):
    web.put("/stimuli.zip", BODY)
    first = add_source(dataset, web.url("/stimuli.zip"))
    before = (dataset / "dataset.toml").read_bytes()
    assert add_source(dataset, web.url("/stimuli.zip")) == first
    assert (dataset / "dataset.toml").read_bytes() == before


def test_an_entry_without_its_size_gets_it(web, dataset):
    web.put("/stimuli.zip", BODY)
    add_source(dataset, web.url("/stimuli.zip"))
    text = (dataset / "dataset.toml").read_text()
    (dataset / "dataset.toml").write_text(text.replace(", size = 300000", ""))
    add_source(dataset, web.url("/stimuli.zip"))
    assert manifest_of(dataset)["sources"]["stimuli.zip"] == entry_of(web)


def test_a_name_that_pins_another_file_is_kept_unless_it_is_to_be_replaced(web, dataset):
    page = web.put("/stimuli.zip", BODY)
    add_source(dataset, web.url("/stimuli.zip"))
    before = (dataset / "dataset.toml").read_bytes()
    page.body = b"the new one"
    with pytest.raises(DataError, match=f"pinned already, to sha256 {SHA256}") as caught:
        add_source(dataset, web.url("/stimuli.zip"))
    assert "--replace" in caught.value.hint
    assert (dataset / "dataset.toml").read_bytes() == before
    add_source(dataset, web.url("/stimuli.zip"), replace=True)
    expected = hashlib.sha256(b"the new one").hexdigest()
    entry = manifest_of(dataset)["sources"]["stimuli.zip"]
    assert (entry["sha256"], entry["size"]) == (expected, 11)


def test_a_comment_beside_a_replaced_entry_stays(web, dataset):
    web.put("/a.zip", BODY)
    entry = '[sources]\n"a.zip" = { url = "https://a/", sha256 = "00" }  # from Ana\n'
    (dataset / "dataset.toml").write_text(START + entry)
    add_source(dataset, web.url("/a.zip"), replace=True)
    assert "# from Ana" in (dataset / "dataset.toml").read_text()


def test_the_same_file_from_another_address_takes_the_new_address(web, dataset):
    web.put("/a/stimuli.zip", BODY)
    web.put("/b/stimuli.zip", BODY)
    add_source(dataset, web.url("/a/stimuli.zip"))
    add_source(dataset, web.url("/b/stimuli.zip"))
    assert manifest_of(dataset)["sources"]["stimuli.zip"]["url"] == web.url("/b/stimuli.zip")


# --- names


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="stimuli.zip"', "stimuli.zip"),
        ("attachment; filename=stimuli.zip", "stimuli.zip"),
        ("attachment; filename*=UTF-8''my%20stimuli.zip", "my_stimuli.zip"),
        ('attachment; filename="../../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\x\\\\stimuli.zip"', "stimuli.zip"),
        ('attachment; filename=".bashrc"', "bashrc"),
        ("inline", "1"),
    ],
)
def test_the_name_is_what_the_server_calls_the_file_made_safe(web, dataset, disposition, name):
    web.put("/files/1", BODY, headers={"Content-Disposition": disposition})
    assert add_source(dataset, web.url("/files/1")).name == name


@given(st.none() | st.text(), st.text(alphabet=st.characters(codec="ascii")))
def test_whatever_a_server_says_the_name_is_safe_or_asked_for(suggested, path):
    url = f"https://example.org/{path}".partition("#")[0]
    try:
        name = _suggested(Downloaded(suggested_name=suggested), url)
    except UsageError as error:
        assert "--name" in error.hint  # noqa: PT017 - both outcomes are right
    else:
        assert is_key_safe(name)


def test_a_name_can_be_given(web, dataset):
    web.put("/files/1", BODY)
    add_source(dataset, web.url("/files/1"), name="raw/my stimuli.zip")
    assert list(manifest_of(dataset)["sources"]) == ["raw/my stimuli.zip"]


@pytest.mark.parametrize(
    "name", ["../x.zip", "/x.zip", "a//x.zip", "a/", "", ".", "a\\x.zip", "a:b"]
)
def test_a_given_name_that_leads_out_of_the_folder_is_refused(web, dataset, name):
    with pytest.raises((UsageError, DataError), match="cannot be"):
        add_source(dataset, web.url("/files/1"), name=name)
    assert web.log == []


def test_a_page_of_an_osf_file_is_pinned_by_the_address_of_the_file(internet, dataset):
    headers = {"Content-Disposition": 'attachment; filename="stimuli.zip"'}
    internet.put("osf.io/download/4xf2d/", BODY, headers=headers)
    added = add_source(dataset, "https://osf.io/4xf2d/")
    assert (added.name, added.url) == ("stimuli.zip", "https://osf.io/download/4xf2d/")


def test_a_doi_is_pinned_as_it_is_written(internet, dataset):
    internet.redirect("doi.org/10.5281/zenodo.1", "https://zenodo.org/records/1")
    link = "https://zenodo.org/api/records/1/files/stimuli.zip/content"
    internet.put(
        "zenodo.org/api/records/1",
        f'{{"files": [{{"key": "stimuli.zip", "links": {{"self": "{link}"}}}}]}}'.encode(),
    )
    internet.put("zenodo.org/api/records/1/files/stimuli.zip/content", BODY)
    added = add_source(dataset, "doi:10.5281/zenodo.1/stimuli.zip")
    assert (added.name, added.url) == ("stimuli.zip", "doi:10.5281/zenodo.1/stimuli.zip")


# --- interruptions: the hash is not known yet, so two versions must never be glued together


def test_an_interrupted_download_is_resumed_where_the_server_names_the_version(web, dataset):
    web.put("/stimuli.zip", BODY, etag='"1"', cuts=[100_000])
    assert add_source(dataset, web.url("/stimuli.zip")).sha256 == SHA256
    assert [asked.status for asked in web.log] == [200, 206]
    assert web.log[1].headers["If-Range"] == '"1"'


@pytest.mark.parametrize("minds", [True, False])
def test_a_file_that_changes_while_it_is_downloaded_is_taken_from_the_start(web, dataset, minds):
    page = web.put("/stimuli.zip", b"x" * 300_000, etag='"1"', cuts=[200_000] + [0] * 9)
    page.minds_if_range = minds
    with pytest.raises(UsageError, match="run it again"):
        add_source(dataset, web.url("/stimuli.zip"))
    page.body, page.etag, page.cuts = BODY, '"2"', []
    assert add_source(dataset, web.url("/stimuli.zip")).sha256 == SHA256


def test_an_answer_of_another_range_is_not_glued_on(web, dataset):
    web.put("/stimuli.zip", BODY, etag='"1"', cuts=[100_000], honest_ranges=False)
    assert add_source(dataset, web.url("/stimuli.zip")).sha256 == SHA256
    assert [asked.status for asked in web.log] == [200, 206, 200]


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_without_a_strong_etag_nothing_is_resumed(web, dataset, etag):
    web.put("/stimuli.zip", BODY, etag=etag, cuts=[100_000])
    assert add_source(dataset, web.url("/stimuli.zip")).sha256 == SHA256
    assert [asked.status for asked in web.log] == [200, 200]


# --- bad inputs


def test_a_web_page_is_not_pinned(web, dataset):
    web.put("/stimuli.zip", b"<html>log in", headers={"Content-Type": "text/html"})
    with pytest.raises(DataError, match="a web page, not data"):
        add_source(dataset, web.url("/stimuli.zip"))
    assert "sources" not in manifest_of(dataset)
    left = [path for path in cache_folder().rglob("*") if path.is_file()]
    assert [path.suffix for path in left] == [".lock"]


def test_an_empty_file_is_not_pinned(web, dataset):
    web.put("/stimuli.zip", b"")
    with pytest.raises(DataError, match="an empty file"):
        add_source(dataset, web.url("/stimuli.zip"))


@pytest.mark.parametrize(
    "url", ["http://example.org/x.zip", "s3://bucket/x.zip", "/data/x.zip", "doi:x", "x.zip", ""]
)
def test_an_address_of_another_kind_is_wrong_usage(web, dataset, url):
    with pytest.raises(UsageError, match="is not an address of a source"):
        add_source(dataset, url)


def test_a_folder_without_a_manifest_is_wrong_usage_before_any_download(web, tmp_path):
    with pytest.raises(UsageError, match=re.escape("no dataset.toml")):
        add_source(tmp_path, web.url("/x.zip"))
    assert web.log == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"schema = \n", "is not valid TOML"),
        (b"a = 1\na = 2\n", "is not valid TOML"),
        (b'name = "Ren\xe9"\n', "is not UTF-8"),
        (b"sources = 3\n", "is no table"),
        (b'[sources]\n"x.zip" = "https://example.org/x.zip"\n', "is no table"),
    ],
)
def test_a_manifest_that_cannot_be_edited_is_an_error_and_stays(web, dataset, content, message):
    web.put("/x.zip", BODY)
    (dataset / "dataset.toml").write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        add_source(dataset, web.url("/x.zip"))
    assert "dataset.toml" in caught.value.where
    assert (dataset / "dataset.toml").read_bytes() == content
