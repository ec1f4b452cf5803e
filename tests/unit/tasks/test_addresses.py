"""Which addresses an `http` task may reach. The table is the list of known ways around the rule."""

import pytest

from seriatim.tasks.addresses import (
    AddressNotAllowed,
    allowed_addresses,
    is_loopback,
    is_public,
    system_addresses,
)

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "52.95.110.1",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "::ffff:8.8.8.8",  # the public IPv4 address, written long
    "64:ff9b::8.8.8.8",  # the public IPv4 address, by way of NAT64
]

NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",  # metadata of another cloud, in shared space
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",  # instance metadata
    "169.254.170.2",  # container credentials
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",  # Teredo
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::1",  # 6to4 of 127.0.0.1
    "2002:a00:1::1",
    "2002:808:808::1",
    "2a00:1450::5efe:127.0.0.1",  # ISATAP of 127.0.0.1
    "2a00:1450::200:5efe:10.0.0.1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # instance metadata
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::1%eth0",
    "",
    "localhost",
    "0177.0.0.1",
    "127.1",
    "2130706433",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address: str) -> None:
    assert is_public(address)
    found = allowed_addresses("h", 443, lambda h, p: [address], is_loopback_allowed=False)
    assert found == [address]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_any_other_address_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(
        AddressNotAllowed, match=r"h\.example is, or resolves to, an address that is"
    ):
        allowed_addresses(
            "h.example", 443, lambda h, p: ["8.8.8.8", address], is_loopback_allowed=False
        )


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_allowed_where_it_is_asked_for(address: str) -> None:
    assert is_loopback(address)
    found = allowed_addresses("h", 80, lambda h, p: [address], is_loopback_allowed=True)
    assert found == [address]


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "169.254.169.254", "0.1.2.3", "::", "fe80::1", "64:ff9b::127.0.0.1", "x"],
)
def test_asking_for_loopback_allows_nothing_else(address: str) -> None:
    assert not is_loopback(address)
    with pytest.raises(AddressNotAllowed):
        allowed_addresses("h", 80, lambda h, p: [address], is_loopback_allowed=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
def test_every_way_to_write_loopback_resolves_to_it(host: str) -> None:
    assert system_addresses(host, 80) == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["a" * 64 + ".example", ".."])
def test_name_that_does_not_resolve_is_an_os_error(host: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - the message is the resolver's
        system_addresses(host, 80)


def test_host_without_addresses_is_an_os_error() -> None:
    with pytest.raises(OSError, match="h has no address"):
        allowed_addresses("h", 80, lambda h, p: [], is_loopback_allowed=True)
