"""Files that are not open: a token out of the environment, for the named host and for no other."""

from __future__ import annotations

import json

import pytest

from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.sources.pinning import add_source, fetch_source
from brainscore_data.sources.tokens import token_for

SECRET, BODY = "s3cret-token", b"stimuli"


@pytest.fixture(autouse=True)
def given(monkeypatch):
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
    monkeypatch.setenv("LAB_TOKEN", SECRET)


@pytest.fixture
def private(pinned):
    def pin(path):
        return pinned(path, BODY).model_copy(update={"token_env": "LAB_TOKEN"})

    return pin


def shown(web):
    return [(each.path, each.headers.get("Authorization")) for each in web.log]


def test_the_named_host_is_shown_the_token_also_where_it_redirects_to_itself(web, private):
    web.redirect("/download", "/file")
    web.put("/file", BODY)
    assert fetch_source("stimuli.zip", private("/download")).read_bytes() == BODY
    assert shown(web) == [("/download", f"Bearer {SECRET}"), ("/file", f"Bearer {SECRET}")]


def test_another_host_is_not_shown_it_and_neither_is_one_at_another_port(web, private, monkeypatch):
    elsewhere = f"https://127.0.0.1:{web.port}/file"
    trusted = f"localhost:{web.port},127.0.0.1:{web.port}"
    monkeypatch.setenv("BRAINSCORE_DATA_TRUSTED_HOSTS", trusted)
    web.redirect("/download", elsewhere)
    web.put("/file", BODY)
    assert fetch_source("stimuli.zip", private("/download")).read_bytes() == BODY
    assert shown(web) == [("/download", f"Bearer {SECRET}"), ("/file", None)]


def test_what_the_host_answers_does_not_bring_the_token_into_an_error(web, private, caplog):
    caplog.set_level("DEBUG")
    web.put("/file", b"no", status=302, headers={"Location": f"https://{SECRET}.invalid/"})
    with pytest.raises(BrainScoreDataError) as refused:
        fetch_source("stimuli.zip", private("/file"))
    assert "***" in str(refused.value)
    assert SECRET not in f"{refused.value}{refused.value.__notes__}"
    assert SECRET not in repr(token_for("LAB_TOKEN", web.url("/file")))
    assert f"Bearer {SECRET}" not in caplog.text


def test_a_refusal_says_for_whom_the_token_is(web, private):
    web.put("/file", b"no", status=403)
    with pytest.raises(DataError, match="answers 403") as refused:
        fetch_source("stimuli.zip", private("/file"))
    assert "the token in LAB_TOKEN is for localhost only" in refused.value.__notes__[0]


@pytest.mark.parametrize(
    ("base", "fork", "used"),
    [(True, None, True), (True, True, True), (False, None, False), (True, False, False)],
)
def test_a_workflow_uses_it_in_a_private_repository_only(
    web, monkeypatch, tmp_path, base, fork, used
):
    event = {"repository": {"private": base}}
    if fork is not None:
        event["pull_request"] = {"head": {"repo": {"private": fork}}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    if used:
        assert token_for("LAB_TOKEN", web.url("/file")).value == SECRET
    else:
        with pytest.raises(UsageError, match="in a private repository only, and this job's is pub"):
            token_for("LAB_TOKEN", web.url("/file"))


@pytest.mark.parametrize("event", ["{}", "no JSON"])
def test_a_job_of_which_nobody_says_that_it_is_private_does_not_use_it(
    web, monkeypatch, tmp_path, event
):
    (tmp_path / "event.json").write_text(event)
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    with pytest.raises(UsageError, match="not known to be private"):
        token_for("LAB_TOKEN", web.url("/file"))


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("OSF_TOKEN", "https://evil.example/file"),
        ("OSF_TOKEN", "https://osf.io:8443/file"),
        ("OSF_TOKEN", "https://osf.io.evil.example/file"),
        ("LAB_TOKEN", "https://osf.io/download/abcd1/"),
        ("AWS_SESSION_TOKEN", "https://localhost/file"),
        ("GITHUB_TOKEN", "https://localhost/file"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "https://localhost/file"),
    ],
)
def test_a_manifest_does_not_choose_where_a_token_goes(monkeypatch, variable, url):
    monkeypatch.setenv("BRAINSCORE_DATA_TRUSTED_HOSTS", "localhost")
    monkeypatch.setenv(variable, SECRET)
    with pytest.raises(DataError) as refused:
        token_for(variable, url)
    assert SECRET not in str(refused.value)


def test_an_archives_own_token_goes_there(monkeypatch):
    monkeypatch.setenv("OSF_TOKEN", f"{SECRET}\n")
    token = token_for("OSF_TOKEN", "https://files.osf.io/v1/resources/abcd1/file")
    assert (token.value, token.origins) == (SECRET, {("files.osf.io", 443)})


@pytest.mark.parametrize(("value", "said"), [("", "has no token"), ("a\nb", "blanks or strange")])
def test_what_is_no_token_is_told_without_showing_it(web, monkeypatch, value, said):
    monkeypatch.setenv("LAB_TOKEN", value)
    with pytest.raises(UsageError, match=said) as refused:
        token_for("LAB_TOKEN", web.url("/file"))
    assert "a\nb" not in str(refused.value)


def test_it_is_pinned_by_the_name_of_its_variable(web, tmp_path):
    web.put("/stimuli.zip", BODY)
    manifest = tmp_path / "dataset.toml"
    manifest.write_text(
        'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[[stimulus_set]]\nidentifier = "hvm"\n'
        'visibility = "private"\nmetadata = "stimuli.csv"\nfiles = "stimuli.zip"\n'
    )
    add_source(tmp_path, web.url("/stimuli.zip"), token_env="LAB_TOKEN")  # noqa: S106
    assert 'token-env = "LAB_TOKEN" }' in manifest.read_text()
    assert SECRET not in manifest.read_text()
    [(name, source)] = load_dataset(tmp_path).manifest.sources.items()
    assert (name, source.token_env) == ("stimuli.zip", "LAB_TOKEN")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('url = "doi:10.5281/zenodo.1/a.zip", token-env = "ZENODO_TOKEN"', "needs an https addr"),
        ('url = "https://osf.io/a", token-env = "HOME"', "_TOKEN"),
    ],
)
def test_a_token_that_no_manifest_can_name_is_refused(tmp_path, line, said):
    (tmp_path / "dataset.toml").write_text(
        f'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[sources]\na = {{ {line}, sha256 = "{"0" * 64}" }}\n'
    )
    with pytest.raises(DataError, match=said):
        load_dataset(tmp_path)
