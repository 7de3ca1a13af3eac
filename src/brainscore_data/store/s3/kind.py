"""The kind of store that is a bucket: how it is named, and what says how to reach it."""

from __future__ import annotations

import importlib.util
import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from brainscore_data.base.errors import UsageError
from brainscore_data.base.extras import install_line
from brainscore_data.base.hints import Hint, Words
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.store.interface import Store
from brainscore_data.store.options import CERTIFICATES, SERVER, Kind, Option, StoreOptions
from brainscore_data.store.urls import misspelt

if TYPE_CHECKING:
    from brainscore_data.store.s3.connection import S3Connection
    from brainscore_data.store.s3.staging import S3Staging

_ENDPOINT = Words("--endpoint-url", workflow="the input `endpoint-url`")

# The characters that AWS lists as safe in keys:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_PREFIX_SEGMENT = re.compile(r"[A-Za-z0-9!_.*'()-]+", re.ASCII)
_BUCKET_IN_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?")
_AWS_HOST = re.compile(r"s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?")
_CONSOLE_PATH = re.compile(r"/s3/(?:buckets|object)/(?P<bucket>[^/?]+)")


def s3_parts(url: str) -> tuple[str, str]:
    """Split an ``s3://`` URL into the bucket and the prefix (without slashes around it)."""
    bucket, _, rest = url.removeprefix("s3://").partition("/")
    prefix = rest.removesuffix("/")
    if not bucket:
        raise misspelt(url, f"s3://{rest.strip('/')}" if rest else None)
    if reason := bucket_fault(bucket):
        raise UsageError(
            f"{bucket!r} cannot be a bucket: {reason}",
            where=url,
            hint="check the spelling; the form is s3://bucket/prefix",
        )
    segments = prefix.split("/") if prefix else []
    if "" in segments or rest == "/":
        raise misspelt(url, "/".join(["s3:/", bucket, *filter(None, segments)]))
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

    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html

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

    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html

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


def _open(url: str, options: StoreOptions) -> Store:
    connection, prefix = _connected(url, options)
    from brainscore_data.store.s3.bucket import S3Store

    return S3Store(connection, prefix)


def _staging(url: str, options: StoreOptions) -> S3Staging:
    connection, prefix = _connected(url, options)
    from brainscore_data.store.s3.staging import S3Staging

    # In a policy `*` would stand for any others; what is published lies beside, not below.
    if not prefix or not all(map(is_key_safe, prefix.split("/"))):
        raise UsageError(
            "this is not a place for staging",
            where=url,
            hint="name one of its own below the store, like staging/jane: letters, digits and . _ -",
        )
    return S3Staging(connection, prefix)


def _copying(target: Store, source: Store, versions: Mapping[str, str | None]) -> Store | None:
    from brainscore_data.store.s3.copying import copying

    return copying(target, source, versions)


def _connected(url: str, options: StoreOptions) -> tuple[S3Connection, str]:
    bucket, prefix = s3_parts(url)
    # An extra of its own: a store in a folder works without it.
    if importlib.util.find_spec("boto3") is None:
        raise UsageError(
            "an S3 store needs boto3, which is not installed",
            where=url,
            hint=f"run: {install_line('s3')}",
        )
    from brainscore_data.store.s3.connection import S3Connection

    named: dict[str, Any] = {
        "given_region" if name == "region" else name: said for name, said in options.items()
    }
    return S3Connection(bucket, **named), prefix


def configured_endpoint(profile: str | None) -> str | None:
    """Read which server AWS's own settings name, e.g. ``AWS_ENDPOINT_URL``; None if it is AWS."""
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        client = boto3.Session(profile_name=profile).client("s3", region_name="us-east-1")
    except (BotoCoreError, ValueError):  # told when the store is asked
        return None
    endpoint = str(client.meta.endpoint_url)
    return None if _AWS_HOST.fullmatch(urlsplit(endpoint).hostname or "") else endpoint


def _refusal(url: str) -> UsageError | None:
    if url.lower().startswith(("s3:", "s3//")):
        return misspelt(url, "s3://" + re.sub(r"(?i)^s3:?/*", "", url))
    if url.startswith("arn:aws"):
        return misspelt(url, "s3://" + url.rpartition(":")[2])
    return _web_address(url) if url.lower().startswith(("http:", "https:")) else None


def misspelt_address(url: str) -> UsageError | None:
    """Name the bucket of an address at AWS; None for any other address."""
    parts = urlsplit(url)
    if (right := s3_url(url)) is not None:
        return misspelt(url, right)
    match = _CONSOLE_PATH.match(parts.path)
    if match and (parts.hostname or "").endswith("console.aws.amazon.com"):
        return misspelt(url, f"s3://{match['bucket']}")
    return None


def _web_address(url: str) -> UsageError:
    parts = urlsplit(url)
    if (right := misspelt_address(url)) is not None:
        return right
    server = f"{parts.scheme}://{parts.netloc}"
    return UsageError(
        "this is a web address, not the URL of a store",
        where=url,
        hint=Hint("for an S3 server, write s3://bucket/prefix and give ", _ENDPOINT, f" {server}"),
    )


def _guess(path: str) -> str | None:
    # `bucket` and `bucket/prefix` are how brainio's functions name a store.
    if Path(path).exists() or bucket_fault(path.partition("/")[0]) is not None:
        return None
    return f"for the bucket, write s3://{path}"


KIND = Kind(
    "S3",
    "s3://bucket/prefix",
    _open,
    extra="s3",
    options=(
        SERVER,
        Option(
            "region",
            "The bucket's region  [default: looked up]",
            recorded=True,
            input="aws_region",
        ),
        Option("profile", "The AWS profile whose keys are used."),
        Option(
            "addressing_style",
            "Where the bucket goes in a request's URL  [default: path with --endpoint-url]",
            choices=("auto", "path", "virtual"),
        ),
        CERTIFICATES,
        Option(
            "expected_bucket_owner",
            "Refuse a bucket that another AWS account owns.",
            "ACCOUNT",
        ),
    ),
    staging=_staging,
    copying=_copying,
    more=frozenset({"timeout", "session"}),
    refusal=_refusal,
    guess=_guess,
)
