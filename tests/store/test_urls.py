"""Which URLs name a store, and what is said about those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import UsageError
from brainscore_data.store.local.kind import local_folder
from brainscore_data.store.s3.kind import bucket_fault, s3_parts
from brainscore_data.store.urls import open_store


@pytest.mark.parametrize(
    ("url", "bucket", "prefix"),
    [
        ("s3://brainio.dicarlo", "brainio.dicarlo", ""),
        ("s3://brainio.dicarlo/", "brainio.dicarlo", ""),
        ("s3://brainscore-storage/brainio-brainscore", "brainscore-storage", "brainio-brainscore"),
        ("s3://bucket/a/b.c/D_1/", "bucket", "a/b.c/D_1"),
    ],
)
def test_an_s3_url_splits_at_the_first_slash(url, bucket, prefix):
    assert s3_parts(url) == (bucket, prefix)


@pytest.mark.parametrize(
    ("misspelt", "right"),
    [
        ("s3:/bucket", "s3://bucket"),
        ("s3:bucket/prefix", "s3://bucket/prefix"),
        ("s3//bucket/prefix", "s3://bucket/prefix"),
        ("s3:///bucket", "s3://bucket"),
        ("S3://bucket/prefix", "s3://bucket/prefix"),
        ("s3://bucket//x", "s3://bucket/x"),
        ("s3://bucket/x//y/", "s3://bucket/x/y"),
        ("s3://bucket/x//", "s3://bucket/x"),
        ("s3://bucket//", "s3://bucket"),
        ("arn:aws:s3:::bucket/prefix", "s3://bucket/prefix"),
        ("https://bucket.s3.amazonaws.com/prefix/", "s3://bucket/prefix"),
        ("https://my.bucket.s3.us-east-2.amazonaws.com", "s3://my.bucket"),
        ("https://bucket.s3-us-west-2.amazonaws.com/a/b", "s3://bucket/a/b"),
        ("https://s3.us-east-2.amazonaws.com/bucket/prefix", "s3://bucket/prefix"),
        ("http://s3.amazonaws.com/bucket", "s3://bucket"),
        (
            "https://us-east-1.console.aws.amazon.com/s3/buckets/bucket?region=us-east-1",
            "s3://bucket",
        ),
        ("FILE:///srv/store", "file:///srv/store"),
        ("file:/srv/store", "file:///srv/store"),
        ("file://localhost/srv/store", "file:///srv/store"),
    ],
)
def test_a_misspelt_url_is_refused_with_the_right_form(misspelt, right):
    with pytest.raises(UsageError) as error:
        open_store(misspelt)

    assert error.value.where == misspelt
    assert error.value.hint == f"write {right}"


@pytest.mark.parametrize("url", ["s3://", "s3:", "s3:///", "file:", "", "  "])
def test_a_url_without_a_name_is_refused(url):
    with pytest.raises(UsageError):
        open_store(url)


@pytest.mark.parametrize(
    "path", ["store", "./store", "/srv/my store", "s3/bucket", "C:\\store", "~/store", "a#b?c"]
)
def test_a_plain_path_is_refused_with_its_url(path):
    with pytest.raises(UsageError, match="this is a path") as error:
        open_store(path)

    url = error.value.hint.rpartition(" ")[2]
    expected = Path.home() / "store" if path == "~/store" else Path(path).absolute()
    assert local_folder(url) == expected
    assert open_store(url).location.url == url


def test_a_bucket_named_as_brainio_names_it_gets_both_of_its_urls(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "brainscore-storage/brainscore-language"
    with pytest.raises(UsageError) as error:
        open_store(name)
    assert error.value.hint.startswith(f"for the bucket, write s3://{name}; for the folder,")
    (tmp_path / name).mkdir(parents=True)
    with pytest.raises(UsageError) as error:
        open_store(name)
    assert "bucket" not in error.value.hint.removesuffix((tmp_path / name).as_uri())


def test_a_relative_file_url_is_refused_with_the_full_one():
    for url in ("file:store", "file://store"):
        with pytest.raises(UsageError) as error:
            open_store(url)
        assert error.value.hint == f"write {Path('store').absolute().as_uri()}"


def test_a_file_url_with_a_slash_too_few_is_understood(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as error:
        open_store(f"file:/{tmp_path.as_posix()}/store")
    assert error.value.hint == f"write {(tmp_path / 'store').as_uri()}"


@pytest.mark.parametrize("url", ["file:///", "file:////", "file:///a%00b"])
def test_a_file_url_that_names_no_folder_of_its_own_is_refused(url):
    with pytest.raises(UsageError, match="names no folder"):
        open_store(url)


def test_a_file_url_that_goes_up_is_answered_with_the_one_that_does_not():
    with pytest.raises(UsageError, match=r"there is a '\.\.' in this path") as error:
        open_store("file:///a/../b")
    assert error.value.hint.endswith("e.g. file:///b")


def test_another_web_address_is_explained():
    with pytest.raises(UsageError, match=r"--endpoint-url http://minio\.lab\.edu:9000"):
        open_store("http://minio.lab.edu:9000/bucket")
    with pytest.raises(UsageError, match=r"--endpoint-url https://minio\.lab\.edu:9000"):
        open_store("https://minio.lab.edu:9000/bucket").capabilities()


@pytest.mark.parametrize("url", ["gs://bucket", "az://c/x", "ftp://host/x", "s3a://bucket/x"])
def test_another_kind_of_store_is_refused(url):
    with pytest.raises(UsageError, match=r"no stores of the kind .*\n.*s3://bucket/prefix, file"):
        open_store(url)


@pytest.mark.parametrize(
    ("bucket", "fault"),
    [
        ("B_ucket", "characters 'B_'"),
        ("bücket", "characters 'ü'"),
        ("my bucket", "characters ' '"),
        ("user@bucket", "characters '@'"),
        ("ab", "2 characters"),
        ("a" * 64, "64 characters"),
        ("-bucket", "begin and end"),
        ("bucket.", "begin and end"),
        ("my..bucket", "two dots"),
        ("192.168.5.4", "IP address"),
    ],
)
def test_a_name_that_aws_allows_no_bucket_is_refused_with_the_rule(bucket, fault):
    with pytest.raises(UsageError, match=fault):
        open_store(f"s3://{bucket}/prefix")


@pytest.mark.parametrize("segment", ["..", ".", "a b", "a?b", "a#b", "ä", "a%20b", "a\\b"])
def test_a_prefix_that_would_need_escaping_is_refused(segment):
    with pytest.raises(UsageError, match="cannot be part of a prefix"):
        open_store(f"s3://bucket/x/{segment}")


@pytest.mark.parametrize(
    "option",
    [
        *("endpoint_url", "region", "profile", "addressing_style"),
        *("ca_bundle", "expected_bucket_owner"),
    ],
)
def test_options_of_s3_are_refused_for_a_folder(option):
    with pytest.raises(UsageError, match=f"{option.replace('_', ' ')}: that is for S3.* only"):
        open_store("file:///srv/store", **{option: "path"})


def test_options_that_are_left_out_and_patience_are_fine_for_a_folder():
    store = open_store("file:///srv/store", region=None, profile=None, timeout=5)
    assert store.location.url == "file:///srv/store"


@settings(deadline=None)
@given(st.text(max_size=30) | st.from_regex(r"(s3|file|https)?:?/*[a-zA-Z._/ -]*", fullmatch=True))
def test_any_text_opens_a_store_or_is_refused_in_words(text):
    try:
        open_store(text)
    except UsageError:
        return
    assert text.startswith(("s3://", "file:///", "https://"))


@given(st.from_regex(r"[a-z0-9][a-z0-9-]{1,40}[a-z0-9]", fullmatch=True))
def test_plain_names_are_buckets(name):
    assert bucket_fault(name) is None
