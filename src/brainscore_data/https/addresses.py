"""Which addresses a dataset may make this machine talk to: https servers in public.

A ``dataset.toml`` is a stranger's until it is merged, and the machine that checks it often sees
more than the internet does: a cloud's metadata service, a lab's own servers. The rule is asked
again for each hop of a redirect.

The name is looked up here and once more by the connection, and could change in between. That
gains nothing: the connection is https, and a private server has no certificate for the
stranger's name.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from brainscore_data.base.errors import BrainScoreDataError, DataError

if TYPE_CHECKING:
    import requests

TRUSTED_HOSTS = "BRAINSCORE_DATA_TRUSTED_HOSTS"
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


class HostNotFoundError(BrainScoreDataError):
    """A server's name could not be looked up, now or ever."""


def refuse_untrusted(url: str) -> None:
    """Make sure that a URL is https, without credentials, and leads to a public address.

    The hosts in ``BRAINSCORE_DATA_TRUSTED_HOSTS`` (``host`` or ``host:port``, separated by
    commas) may have any address. Behind a proxy only the proxy can look names up, so there
    nothing but addresses written as numbers is refused.

    >>> refuse_untrusted("https://10.0.0.1/stimuli.zip")
    Traceback (most recent call last):
        ...
    brainscore_data.base.errors.DataError: 10.0.0.1 is not in the public internet (its address is 10.0.0.1)
      hint: if it is your lab's own server, allow it: BRAINSCORE_DATA_TRUSTED_HOSTS=10.0.0.1:443
    """
    host, port = _host_and_port(url)
    if is_trusted(host, port):
        return
    for address in _addresses(url, host, port):
        if not is_public(address):
            raise DataError(
                f"{host} is not in the public internet (its address is {address})",
                hint=f"if it is your lab's own server, allow it: {TRUSTED_HOSTS}={host}:{port}",
            )


def guard(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Refuse an untrusted request at the last moment, and send the others without credentials.

    This is given to requests as its `auth`: that is called with each request as it will be
    sent, and where there is one, requests does not look for a password in ``~/.netrc``
    (``Session.prepare_request``). Proxies and REQUESTS_CA_BUNDLE work as ever.
    """
    refuse_untrusted(request.url or "")
    return request


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the public internet.

    >>> is_public("93.184.215.14"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:  # deprecated, yet `is_global` says True
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _host_and_port(url: str) -> tuple[str, int]:
    # Readers of URLs differ over backslashes, spaces and control characters, so none may be there.
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise DataError("a URL with a blank or a backslash in it", hint="write blanks as %20")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or 443
    except ValueError as error:
        raise DataError(f"not a URL: {error}") from error
    if "@" in parts.netloc:
        raise DataError(
            f"the URL for {host} has a user name or password in it",
            hint="whoever reads the manifest could use it: share the file by an open link",
        )
    if parts.scheme != "https" or not host:
        raise DataError(
            f"{parts.scheme or 'no scheme'}://{host} is not https",
            hint="sources come over https only, or from an archive as doi:10.…/filename",
        )
    return host, port


def is_trusted(host: str, port: int) -> bool:
    """Say whether this machine's owner has named a host as one to trust."""
    entries = os.environ.get(TRUSTED_HOSTS, "").lower().split(",")
    trusted = {entry.strip() for entry in entries}
    return f"{host}:{port}" in trusted or (port == 443 and host in trusted)


def _addresses(url: str, host: str, port: int) -> set[str]:
    from requests.utils import get_environ_proxies, select_proxy

    proxied = select_proxy(url, get_environ_proxies(url)) is not None
    flags = socket.AI_NUMERICHOST if proxied else 0
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError) as error:
        if proxied:
            return set()
        reason = getattr(error, "strerror", None) or str(error)
        raise HostNotFoundError(f"the name {host} cannot be looked up ({reason})") from error
    return {str(entry[4][0]) for entry in found}
