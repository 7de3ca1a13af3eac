"""OSF addresses, and DOIs: doi.org, the archives and their APIs are played by the local server.

The answers have the shapes that the archives document: https://developers.zenodo.org/#records,
https://docs.figshare.com (articles, article versions) and
https://guides.dataverse.org/en/latest/api/native-api.html (JSON representation of a dataset).
"""

import hashlib
import json

import pytest

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.dataset.manifest import Source
from brainscore_data.https import asking
from brainscore_data.https.archives import address_of, direct_osf
from brainscore_data.sources.pinning import fetch_source

BODY = hashlib.shake_256(b"stimuli").digest(100_000)


def put_json(web, path, value):
    web.put(path, json.dumps(value).encode(), headers={"Content-Type": "application/json"})


@pytest.fixture
def zenodo(internet):
    internet.redirect("doi.org/10.5281/zenodo.4924875", "https://zenodo.org/records/4924875")
    internet.put("zenodo.org/records/4924875", b"<html>")
    link = "https://zenodo.org/api/records/4924875/files/stimuli.zip/content"
    names = {"stimuli.zip": link, "trials.csv": "https://zenodo.org/elsewhere"}
    put_json(
        internet,
        "zenodo.org/api/records/4924875",
        {
            "id": 4924875,
            "files": [
                {"key": name, "size": 1, "checksum": "md5:0", "links": {"self": target}}
                for name, target in names.items()
            ],
        },
    )
    internet.put("zenodo.org/api/records/4924875/files/stimuli.zip/content", BODY)
    return internet


@pytest.fixture
def figshare(internet):
    archive = "https://figshare.com/articles/dataset/Stimuli/14763051/1"
    internet.redirect("doi.org/10.6084/m9.figshare.14763051.v1", archive)
    internet.redirect("doi.org/10.6084/m9.figshare.14763051", archive)
    # Landing pages may be shown to browsers only.
    internet.put("figshare.com/articles/dataset/Stimuli/14763051/1", status=403)
    for doi in ("10.6084/m9.figshare.14763051.v1", "10.6084/m9.figshare.14763051"):
        put_json(internet, f"api.figshare.com/v2/articles?doi={doi}", [{"id": 14763051}])
    files = [
        {
            "name": "stimuli.zip",
            "download_url": "https://figshare.com/files/1",
            "computed_md5": "0",
        }
    ]
    put_json(internet, "api.figshare.com/v2/articles/14763051/versions/1", {"files": files})
    put_json(internet, "api.figshare.com/v2/articles/14763051", {"files": files})
    return internet


@pytest.fixture
def dataverse(internet):
    internet.redirect(
        "doi.org/10.11588/data/TKCFEF",
        "https://dataverse.example.org/dataset.xhtml?persistentId=doi:10.11588/data/TKCFEF",
    )
    files = [{"dataFile": {"id": 77, "filename": "stimuli.zip", "md5": "0"}}]
    put_json(
        internet,
        "dataverse.example.org/api/datasets/:persistentId?persistentId=doi:10.11588/data/TKCFEF",
        {"status": "OK", "data": {"latestVersion": {"files": files}}},
    )
    return internet


@pytest.mark.parametrize(
    "url",
    [
        "https://osf.io/4xf2d",
        "https://osf.io/4xf2d/",
        "https://osf.io/4xf2d/download",
        "https://osf.io/4xf2d/download/",
        "https://osf.io/download/4xf2d",
        "https://osf.io/download/4xf2d/",
        "https://www.osf.io/4xf2d/",
    ],
)
def test_each_form_of_an_osf_address_becomes_the_one_of_the_file(url):
    assert direct_osf(url) == "https://osf.io/download/4xf2d/"


@pytest.mark.parametrize(
    "url",
    [
        "https://osf.io/4xf2d/files/osfstorage",
        "https://files.osf.io/v1/resources/4xf2d/providers/osfstorage/1",
        "https://example.org/4xf2d/",
        "https://osf.io.example.org/4xf2d/",
    ],
)
def test_other_addresses_stay_as_they_are(url):
    assert direct_osf(url) == url


def test_the_version_of_an_osf_file_stays():
    assert (
        direct_osf("https://osf.io/4xf2d/?version=2") == "https://osf.io/download/4xf2d/?version=2"
    )


def test_a_file_at_osf_is_fetched_through_its_redirect(internet):
    internet.redirect(
        "osf.io/download/4xf2d/", "https://zenodo.org/stands-for-cloud-storage?signature=1"
    )
    internet.put("zenodo.org/stands-for-cloud-storage?signature=1", BODY)
    source = Source(url="https://osf.io/4xf2d/", sha256=hashlib.sha256(BODY).hexdigest())
    assert fetch_source("stimuli.zip", source).read_bytes() == BODY


def test_a_private_osf_project_is_suspected(internet):
    internet.put("osf.io/download/4xf2d/", status=403)
    with pytest.raises(DataError, match=r"osf\.io answers 403") as caught:
        fetch_source("stimuli.zip", Source(url="https://osf.io/4xf2d/", sha256="0" * 64))
    assert "is the project public" in caught.value.hint


def test_a_file_at_zenodo_is_fetched_by_doi(zenodo):
    source = Source(
        url="doi:10.5281/zenodo.4924875/stimuli.zip", sha256=hashlib.sha256(BODY).hexdigest()
    )
    assert fetch_source("stimuli.zip", source).read_bytes() == BODY


def test_a_doi_at_figshare_is_resolved(figshare):
    assert (
        address_of("doi:10.6084/m9.figshare.14763051.v1/stimuli.zip")
        == "https://figshare.com/files/1"
    )


def test_a_doi_at_figshare_without_a_version_is_resolved(figshare):
    assert (
        address_of("doi:10.6084/m9.figshare.14763051/stimuli.zip") == "https://figshare.com/files/1"
    )


def test_a_doi_at_a_dataverse_is_resolved(dataverse):
    assert (
        address_of("doi:10.11588/data/TKCFEF/stimuli.zip")
        == "https://dataverse.example.org/api/access/datafile/77"
    )


def test_a_file_that_the_archive_does_not_have_is_answered_with_those_it_has(zenodo):
    with pytest.raises(DataError, match=r"no file 'stimulus\.zip'") as caught:
        address_of("doi:10.5281/zenodo.4924875/stimulus.zip")
    assert caught.value.hint == "it has: stimuli.zip, trials.csv"


def test_a_dataverse_that_gives_no_md5_is_resolved_all_the_same(dataverse):
    page = next(page for path, page in dataverse.pages.items() if "persistentId?" in path)
    page.body = page.body.replace(b'"md5"', b'"sha1"')
    assert address_of("doi:10.11588/data/TKCFEF/stimuli.zip").endswith("/77")
    with pytest.raises(DataError, match="no file 'x'"):
        address_of("doi:10.11588/data/TKCFEF/x")


@pytest.mark.parametrize("url", ["doi:10.5281/zenodo.4924875", "doi:10.5281/zenodo.4924875/"])
def test_a_doi_without_a_file_name_says_how_to_write_it(internet, url):
    with pytest.raises(DataError, match="names no file"):
        address_of(url)
    assert internet.log == []


def test_an_unknown_doi_is_an_error_of_the_data(internet):
    with pytest.raises(DataError, match=r"there is no DOI 10\.5281/zenodo\.1"):
        address_of("doi:10.5281/zenodo.1/stimuli.zip")


def test_a_doi_of_something_else_says_which_archives_are_known(internet):
    internet.redirect("doi.org/10.1523/JNEUROSCI.5181-14.2015", "https://localhost/article")
    with pytest.raises(DataError, match="not a known archive") as caught:
        address_of("doi:10.1523/JNEUROSCI.5181-14.2015/stimuli.zip")
    assert "Dataverse" in caught.value.hint


def test_a_record_that_is_gone_is_an_error_of_the_data(zenodo):
    zenodo.put("zenodo.org/api/records/4924875", b"{}", status=404)
    with pytest.raises(DataError, match=r"zenodo\.org answers 404"):
        address_of("doi:10.5281/zenodo.4924875/stimuli.zip")


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]", b'{"files": null}', b'{"files": [3]}'])
def test_an_answer_that_nobody_understands_is_explained(zenodo, body):
    zenodo.put("zenodo.org/api/records/4924875", body)
    with pytest.raises(DataError) as caught:
        address_of("doi:10.5281/zenodo.4924875/stimuli.zip")
    assert caught.value.hint


def test_an_archive_that_is_down_is_an_error_of_the_environment(zenodo):
    page = zenodo.put("zenodo.org/api/records/4924875", status=503)
    with pytest.raises(UsageError, match=r"zenodo\.org cannot be reached: zenodo\.org answers 503"):
        address_of("doi:10.5281/zenodo.4924875/stimuli.zip")
    assert page.status == 503


def test_an_archive_that_is_busy_is_asked_again(zenodo):
    page = zenodo.pages["zenodo.org/api/records/4924875"]
    page.first = [(429, {"Retry-After": "0"})] * asking.RETRIES
    assert address_of("doi:10.5281/zenodo.4924875/stimuli.zip").startswith("https://zenodo.org/")


def test_a_doi_that_leads_inside_is_not_followed(internet):
    internet.redirect("doi.org/10.5072/evil", "https://127.0.0.1/admin")
    with pytest.raises(DataError, match="not in the public internet"):
        address_of("doi:10.5072/evil/stimuli.zip")
    assert [asked.host for asked in internet.log] == ["doi.org"]


def test_an_archives_api_that_redirects_is_not_followed(dataverse):
    path = next(path for path in dataverse.pages if "persistentId?" in path)
    dataverse.redirect(path, "https://127.0.0.1/admin")
    with pytest.raises(DataError):
        address_of("doi:10.11588/data/TKCFEF/stimuli.zip")
    assert {asked.host for asked in dataverse.log} == {"doi.org", "dataverse.example.org"}


def test_passwords_in_netrc_are_not_sent_to_archives(zenodo, tmp_path):
    (tmp_path / "netrc").write_text("default login me password hunter2\n")
    (tmp_path / "netrc").chmod(0o600)
    address_of("doi:10.5281/zenodo.4924875/stimuli.zip")
    assert zenodo.log
    assert not any("Authorization" in asked.headers for asked in zenodo.log)
