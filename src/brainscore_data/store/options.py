"""What says how to reach a store; every function and command that opens one takes it."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

AddressingStyle = Literal["auto", "path", "virtual"]


class StoreOptions(TypedDict, total=False):
    """How to reach an S3 store; all of it may be left out.

    Attributes
    ----------
    endpoint_url : str
        The server of a store that is not AWS's own, e.g. ``http://localhost:9000``.
    region : str
        The region of the bucket; found out if it is not given.
    profile : str
        The section of ``~/.aws/config`` to take credentials from.
    addressing_style : {"auto", "path", "virtual"}
        Where the bucket goes in a request's URL; "path" for a given endpoint and "auto"
        otherwise, unless it is said.
    ca_bundle : str
        The file with the certificates to trust, for a server with one of its own.
    expected_bucket_owner : str
        The number of the AWS account that must own the bucket; sent with every request [1]_.
    timeout : float
        Seconds to wait for a server, and then once more; a minute and several times where it is
        not given. For what is of use only if it is quick.
    session : boto3.Session
        Where credentials come from, if not from boto3's default chain (environment, profile,
        instance, SSO).

    References
    ----------
    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """

    endpoint_url: str | None
    region: str | None
    profile: str | None
    addressing_style: AddressingStyle | None
    ca_bundle: str | None
    expected_bucket_owner: str | None
    timeout: float | None
    session: Any
