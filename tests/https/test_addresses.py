import contextlib
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.base.errors import DataError
from brainscore_data.https.addresses import HostNotFoundError, is_public, refuse_untrusted


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("BRAINSCORE_DATA_TRUSTED_HOSTS", raising=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # the metadata service of clouds
        "100.64.0.1",  # carrier-grade NAT
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254
    ],
)
def test_an_address_inside_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


@given(st.ip_addresses(network="10.0.0.0/8"))
def test_no_way_of_writing_a_private_address_makes_it_public(address):
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    assert not is_public(str(address))
    assert not is_public(str(mapped))


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/x.zip",
        "https://127.1/x.zip",
        "https://0x7f000001/x.zip",
        "https://2130706433/x.zip",
        "https://[::1]/x.zip",
        "https://[::ffff:127.0.0.1]:8443/x.zip",
    ],
)
def test_a_host_inside_is_refused_however_it_is_written(url):
    with pytest.raises(DataError, match="not in the public internet") as caught:
        refuse_untrusted(url)
    assert "BRAINSCORE_DATA_TRUSTED_HOSTS=" in caught.value.hint


@pytest.mark.parametrize("url", ["https://127.0.0.1/x.zip", "https://0x7f000001/x.zip"])
def test_behind_a_proxy_an_address_in_numbers_is_refused_all_the_same(url, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(DataError, match="not in the public internet"):
        refuse_untrusted(url)


def test_behind_a_proxy_names_are_the_proxys_to_look_up(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "")
    refuse_untrusted("https://no-such-host.invalid/x.zip")


def test_a_trusted_host_may_be_inside(monkeypatch):
    monkeypatch.setenv(
        "BRAINSCORE_DATA_TRUSTED_HOSTS", "data.lab.example, LOCALHOST:8443,127.0.0.1"
    )
    refuse_untrusted("https://localhost:8443/x.zip")
    refuse_untrusted("https://127.0.0.1/x.zip")
    with pytest.raises(DataError, match="not in the public internet"):
        refuse_untrusted("https://localhost:9443/x.zip")


def test_trust_does_not_reach_as_far_as_http(monkeypatch):
    monkeypatch.setenv("BRAINSCORE_DATA_TRUSTED_HOSTS", "localhost:8080,localhost")
    with pytest.raises(DataError, match="is not https"):
        refuse_untrusted("http://localhost:8080/x.zip")


def test_a_password_in_a_url_is_refused_and_not_repeated():
    with pytest.raises(DataError, match="user name or password") as caught:
        refuse_untrusted("https://me:hunter2@example.org/x.zip")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org\\@127.0.0.1/",
        "https://example.org/a b.zip",
        "https://example.org/a\nb.zip",
        "https://[::1/x.zip",
        "https://example.org:port/x.zip",
        "https:///x.zip",
        "ftp://example.org/x.zip",
        "file:///etc/passwd",
        "",
    ],
)
def test_what_is_no_clean_https_url_is_an_error_of_the_data(url):
    with pytest.raises(DataError):
        refuse_untrusted(url)


@given(st.text(max_size=40))
def test_no_text_in_place_of_a_host_ends_in_a_crash(text):
    # Nothing is looked up: numbers are, without a network, and names go to the proxy.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
        patch.setenv("NO_PROXY", "")
        with contextlib.suppress(DataError):
            refuse_untrusted(f"https://{text}/x.zip")


def test_a_name_that_nobody_knows_says_so():
    with pytest.raises(HostNotFoundError, match=r"no-such-host\.invalid cannot be looked up"):
        refuse_untrusted("https://no-such-host.invalid/x.zip")
