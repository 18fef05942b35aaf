from __future__ import annotations

import pytest

from gateway.transport.addresses import Place, is_in, networks, place

PUBLIC = "93.184.216.34"


def leads(*ips: str):
    """A resolver by which every host leads there."""
    return lambda host, port: ips


def asked(url: str, *ips: str, inside: str = "") -> Place | str:
    return place(url, {"mdn.acme.example"}, networks(inside), leads(*ips or (PUBLIC,)))


def test_an_address_of_a_host_that_is_named_is_looked_up_once():
    found = asked("https://MDN.acme.example:8443/as2/mdn?id=4711&x=%20")

    assert found == Place(
        scheme="https",
        host="mdn.acme.example",
        port=8443,
        path="/as2/mdn?id=4711&x=%20",
        ip=PUBLIC,
    )


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://mdn.acme.example", 80), ("https://mdn.acme.example./", 443)],
)
def test_the_port_of_the_scheme_is_meant_where_none_stands(url, port):
    found = asked(url)

    assert isinstance(found, Place)
    assert (found.port, found.path) == (port, "/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mdn.acme.example",
        "ftp://mdn.acme.example/",
        "file:///etc/passwd",
        "http://",
        "http://mdn.acme.example:0/",
        "http://mdn.acme.example:99999/",
        "http://user@mdn.acme.example/",
        "http://mdn.acme.example\\@evil.example/",
        "http://mdn.acme.example/a b",
        "http://mdn.acme.example/\r\nHost: x",
        "http://mdn.acme.example/\u00e4",
        "http://[::1",
        "http://mdn.acme.example/" + "a" * 2_000,
    ],
)
def test_what_is_no_plain_address_is_not_used(url):
    assert asked(url) == "the address is no http or https URL that can be used"


@pytest.mark.parametrize(
    "host", ["evil.example", "x.mdn.acme.example", "mdn.acme.example.evil.example"]
)
def test_a_host_that_is_not_named_is_not_used(host):
    assert asked(f"https://{host}/") == f"the profile does not name the host {host}"


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  nobody listens here
        "255.255.255.255",
        "224.0.0.1",
        "ff0e::1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:a00:1::1",
        "nonsense",
    ],
)
def test_a_name_that_leads_into_a_network_of_ours_is_not_used(ip):
    found = asked("https://mdn.acme.example/", ip)

    assert isinstance(found, str)
    assert found.endswith("leads into a network that is not to be reached")


def test_of_several_addresses_one_that_may_be_reached_is_taken():
    found = asked("https://mdn.acme.example/", "10.0.0.1", PUBLIC)

    assert isinstance(found, Place)
    assert found.ip == PUBLIC


def test_a_network_of_ours_may_be_opened():
    found = asked("http://mdn.acme.example/", "10.1.2.3", inside="10.1.0.0/16")

    assert isinstance(found, Place)
    assert found.ip == "10.1.2.3"


def test_networks_are_read_with_commas_and_blanks():
    known = networks(" 10.1.0.0/16, ,fd00::/8 ")

    assert [is_in(ip, known) for ip in ("10.1.9.9", "fd00::1", "10.2.0.1", "")] == [
        True,
        True,
        False,
        False,
    ]
    assert is_in("::ffff:10.1.9.9", known)
