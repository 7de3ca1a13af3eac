"""What says how to reach a store, and what a kind of store is to the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from brainscore_data.base.errors import UsageError
from brainscore_data.store.interface import Store

if TYPE_CHECKING:
    from brainscore_data.store.staging import Staging

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


@dataclass(frozen=True)
class Option:
    """One of them, as the commands offer it."""

    name: str
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    #: Whether receipts and registrations say it of each store.
    recorded: bool = False
    #: The action's input that says it, where that has another name.
    input: str | None = None


#: What more than one kind has.
SERVER = Option("endpoint_url", "The server, if it is not AWS or osf.io.", "URL", recorded=True)
CERTIFICATES = Option(
    "ca_bundle",
    "A file of certificates to trust, if the server's own is not publicly trusted.",
    "FILE",
)


@dataclass(frozen=True)
class Kind:
    """A kind of store: what the commands, the functions and the action have to know of it."""

    #: As it is called in "that is for S3 only".
    name: str
    #: How its URLs are written.
    form: str
    #: Opens a store; nothing is read or written yet.
    open: Callable[[str, StoreOptions], Store]
    #: The extra of this package that reads from it.
    extra: str = "data"
    options: tuple[Option, ...] = ()
    #: Opens a place for staging, where bundles are put by others and copied from.
    staging: Callable[[str, StoreOptions], Staging] | None = None
    #: Given a store of the kind, another, and versions by their keys: a store whose writes copy these
    #: inside of the server; None where the two are not on one.
    copying: Callable[[Store, Store, Mapping[str, str | None]], Store | None] | None = None
    #: What else of `StoreOptions` it takes: a session only if it is reached with AWS credentials.
    more: frozenset[str] = frozenset({"timeout"})
    #: Explains a URL that is meant for this kind and misspelt.
    refusal: Callable[[str], UsageError | None] = lambda _: None
    #: Gives a hint how to write what is no URL, if it can be the name of such a store.
    guess: Callable[[str], str | None] = lambda _: None

    @property
    def takes(self) -> frozenset[str]:
        """The names of all that says how to reach such a store."""
        return self.more.union(option.name for option in self.options)
