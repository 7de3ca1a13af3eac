"""From the URL of a store to the store, and from a misspelt one to the right form."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
from pathlib import Path
from typing import Unpack
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from brainscore_data.base.errors import UsageError
from brainscore_data.base.extras import install_line
from brainscore_data.base.hints import Hint, Words
from brainscore_data.store.interface import Store
from brainscore_data.store.options import StoreOptions

_ENDPOINT = Words("--endpoint-url", workflow="the input `endpoint-url`")

FORMS = "a store is named by s3://bucket/prefix or file:///folder"

# The characters that AWS lists as safe in keys:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_PREFIX_SEGMENT = re.compile(r"[A-Za-z0-9!_.*'()-]+", re.ASCII)
_BUCKET_IN_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?")
_AWS_HOST = re.compile(r"s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?")
_CONSOLE_PATH = re.compile(r"/s3/(?:buckets|object)/(?P<bucket>[^/?]+)")


def open_store(url: str, **options: Unpack[StoreOptions]) -> Store:
    """Open the store that a URL names; nothing is read or written yet.

    Examples
    --------
    >>> open_store("file:///srv/brain-score").location.url
    'file:///srv/brain-score'
    >>> open_store("s3:/brainio-contrib")
    Traceback (most recent call last):
    ...
    brainscore_data.base.errors.UsageError: s3:/brainio-contrib: this is not the URL of a store
      hint: write s3://brainio-contrib
    """
    if url.startswith("s3://"):
        bucket, prefix = s3_parts(url)
        _need_boto3(url)
        from brainscore_data.store.s3.connection import S3Connection
        from brainscore_data.store.s3.store import S3Store

        connection = S3Connection(
            bucket,
            endpoint_url=options.get("endpoint_url"),
            given_region=options.get("region"),
            profile=options.get("profile"),
            addressing_style=options.get("addressing_style"),
            ca_bundle=options.get("ca_bundle"),
            expected_bucket_owner=options.get("expected_bucket_owner"),
            timeout=options.get("timeout"),
            session=options.get("session"),
        )
        return S3Store(connection, prefix)
    if url.startswith("file:///"):
        # However long one would wait for a server: a folder answers at once.
        given = [name for name, value in options.items() if value is not None]
        if given := [name for name in given if name != "timeout"]:
            named = ", ".join(name.replace("_", " ") for name in given)
            raise UsageError(f"{named}: that is for S3 only", where=url, hint="leave it out")
        from brainscore_data.store.local.store import LocalStore

        return LocalStore(local_folder(url))
    raise _refusal(url)


def local_folder(url: str) -> Path:
    """Read the folder off a ``file:///`` URL.

    Examples
    --------
    >>> local_folder("file:///srv/brain%20score/").as_posix()
    '/srv/brain score'
    """
    path = Path(url2pathname(url.removeprefix("file://")))
    if ".." in path.parts:
        raise UsageError(
            "there is a '..' in this path, and a store has one name only",
            where=url,
            hint=f"write the folder's full path, e.g. {Path(os.path.normpath(path)).as_uri()}"
            if path.is_absolute()
            else "write the folder's full path, e.g. file:///srv/brain-score",
        )
    if not path.name or not path.is_absolute() or "\0" in str(path):
        raise UsageError(
            "this names no folder for a store",
            where=url,
            hint="write file:// and the folder's full path, e.g. file:///srv/brain-score",
        )
    return path


def s3_parts(url: str) -> tuple[str, str]:
    """Split an ``s3://`` URL into the bucket and the prefix (without slashes around it).

    Examples
    --------
    >>> s3_parts("s3://brainscore-storage/brainio-brainscore/")
    ('brainscore-storage', 'brainio-brainscore')
    """
    bucket, _, rest = url.removeprefix("s3://").partition("/")
    prefix = rest.removesuffix("/")
    if not bucket:
        raise _misspelt(url, f"s3://{rest.strip('/')}" if rest else None)
    if reason := bucket_fault(bucket):
        raise UsageError(
            f"{bucket!r} cannot be a bucket: {reason}",
            where=url,
            hint="check the spelling; the form is s3://bucket/prefix",
        )
    segments = prefix.split("/") if prefix else []
    if "" in segments or rest == "/":
        raise _misspelt(url, "/".join(["s3:/", bucket, *filter(None, segments)]))
    for segment in segments:
        if segment in {".", ".."} or not _PREFIX_SEGMENT.fullmatch(segment):
            raise UsageError(
                f"{segment!r} cannot be part of a prefix",
                where=url,
                hint="use letters, digits and . _ - ! * ' ( ); the form is s3://bucket/prefix",
            )
    return bucket, prefix


def s3_url(address: str) -> str | None:
    """Turn the https address of a bucket on AWS, or of something in it, into an ``s3://`` URL.

    Both of AWS's forms [1]_ are understood; None for any other address.

    References
    ----------
    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html

    Examples
    --------
    >>> s3_url("https://brainscore-storage.s3.amazonaws.com/brainio/assy_a.nc")
    's3://brainscore-storage/brainio/assy_a.nc'
    >>> s3_url("https://s3.us-east-2.amazonaws.com/brainscore-storage/brainio/assy_a.nc")
    's3://brainscore-storage/brainio/assy_a.nc'
    """
    parts = urlsplit(address)
    host, path = parts.hostname or "", unquote(parts.path).strip("/")
    if match := _BUCKET_IN_HOST.fullmatch(host):
        return f"s3://{match['bucket']}/{path}".rstrip("/")
    return f"s3://{path}" if _AWS_HOST.fullmatch(host) and path else None


def bucket_fault(name: str) -> str | None:
    """Say what is wrong with a bucket's name by AWS's rules [1]_; None if nothing is.

    References
    ----------
    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html

    Examples
    --------
    >>> bucket_fault("brainio.dicarlo") is None
    True
    >>> bucket_fault("B_ucket")
    "it has the characters 'B_', and only a-z, 0-9, '.' and '-' are allowed"
    """
    if strange := "".join(dict.fromkeys(re.sub(r"[a-z0-9.-]", "", name))):
        return f"it has the characters {strange!r}, and only a-z, 0-9, '.' and '-' are allowed"
    if not 3 <= len(name) <= 63:
        return f"it has {len(name)} characters, and 3 to 63 are allowed"
    if name[0] in ".-" or name[-1] in ".-":
        return "it must begin and end with a letter or a digit"
    if ".." in name:
        return "it has two dots in a row"
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return None
    return "it looks like an IP address"


def _need_boto3(url: str) -> None:
    # An extra of its own: a store in a folder works without it.
    if importlib.util.find_spec("boto3") is None:
        raise UsageError(
            "an S3 store needs boto3, which is not installed",
            where=url,
            hint=f"run: {install_line('s3')}",
        )


def _refusal(url: str) -> UsageError:
    """Explain a URL that is neither form, and say the right one where it can be told."""
    scheme, colon, rest = url.partition(":")
    if url.lower().startswith(("s3:", "s3//")):
        return _misspelt(url, "s3://" + re.sub(r"(?i)^s3:?/*", "", url))
    if url.startswith("arn:aws"):
        return _misspelt(url, "s3://" + url.rpartition(":")[2])
    if scheme.lower() == "file" and colon:
        return _misspelt(url, Path(url2pathname(_after_slashes(rest))).absolute().as_uri())
    if scheme.lower() in {"http", "https"}:
        return _web_address(url)
    return _not_an_address(url)


def _not_an_address(url: str) -> UsageError:
    if not url.strip():
        return UsageError("the store has no name", hint=FORMS)
    if "://" in url:
        kind = url.partition("://")[0]
        return UsageError(f"there are no stores of the kind {kind!r}", where=url, hint=FORMS)
    folder = Path.home() / url[2:] if url.startswith("~/") else Path(url).absolute()
    hint = f"for the folder, write {folder.as_uri()}"
    # `bucket` and `bucket/prefix` are how brainio's functions name a store.
    if not folder.exists() and bucket_fault(url.partition("/")[0]) is None:
        hint = f"for the bucket, write s3://{url}; {hint}"
    return UsageError("a store is named by a URL, and this is a path", where=url, hint=hint)


def _after_slashes(rest: str) -> str:
    """Keep one leading slash of ``/folder`` and of ``//localhost/folder``; none of ``//folder``.

    Unless a slash was forgotten: of ``//home/majaj`` where there is a ``/home``, but none here.
    """
    if rest.lower().startswith("//localhost/"):
        return rest[len("//localhost") :]
    top = rest.removeprefix("//").partition("/")[0]
    if rest.startswith("//") and Path(f"/{top}").is_dir() and not Path(top).exists():
        return rest[1:]
    return rest.removeprefix("//")


def _web_address(url: str) -> UsageError:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if (right := s3_url(url)) is not None:
        return _misspelt(url, right)
    if host.endswith("console.aws.amazon.com") and (match := _CONSOLE_PATH.match(parts.path)):
        return _misspelt(url, f"s3://{match['bucket']}")
    server = f"{parts.scheme}://{parts.netloc}"
    return UsageError(
        "this is a web address, not the URL of a store",
        where=url,
        hint=Hint("for an S3 server, write s3://bucket/prefix and give ", _ENDPOINT, f" {server}"),
    )


def _misspelt(url: str, right: str | None) -> UsageError:
    return UsageError(
        "this is not the URL of a store", where=url, hint=f"write {right}" if right else FORMS
    )
