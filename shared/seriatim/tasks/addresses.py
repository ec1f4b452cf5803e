"""Which addresses an ``http`` task may reach: public ones, checked after the name is resolved.

Lists of what is private miss forms; here an IPv6 address must lie in the space given out to the
public, an IPv4 address outside all that is set apart, and one inside the other is checked as both.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, for a port. Raises ``OSError``."""

SET_APART_4: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own services behind a public-looking address
        "169.254.0.0/16",  # link-local: instance metadata, container credentials
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
GIVEN_OUT_6: Final = IPv6Network("2000::/3")
SET_APART_6: Final = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo (2001::/32) tunnels to IPv4, ORCHID, ...
        "2001:db8::/32",
        "2002::/16",  # 6to4: tunnels to the IPv4 address that it holds
        "3fff::/20",
    )
)
MAPPED: Final = IPv6Network("::ffff:0:0/96")
TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""NAT64: how a network without IPv4 reaches the public IPv4 address in the last 32 bits."""
ISATAP: Final = (0x0000_5EFE, 0x0200_5EFE)
"""The 32 bits before an IPv4 address to which a tunnel would lead."""


class AddressNotAllowed(Exception):
    """The host is, or resolves to, an address that a task may not reach."""


def allowed_addresses(
    host: str, port: int, resolve: Resolve, *, is_loopback_allowed: bool
) -> list[str]:
    """The addresses of ``host``, to connect to as they are: a second look-up could differ.

    Raises:
        AddressNotAllowed: one of them is not public (nor, where that is allowed, loopback).
        OSError: the name does not resolve.
    """
    addresses = list(resolve(host, port))
    if not addresses:
        raise OSError(f"{host} has no address")
    for address in addresses:
        if not (is_public(address) or (is_loopback_allowed and is_loopback(address))):
            raise AddressNotAllowed(
                f"{host} is, or resolves to, an address that is not public; an http task reaches"
                " public addresses only (and loopback under `seriatim dev`)"
            )
    return addresses


def is_public(address: str) -> bool:
    """Whether anybody on the internet could have that address. False for what is no address."""
    match _parsed(address):
        case IPv4Address() as plain:
            return not any(plain in block for block in SET_APART_4)
        case IPv6Address() as long if long in MAPPED or long in TRANSLATED:
            return is_public(str(_last_32_bits(long)))
        case IPv6Address() as long:
            if (int(long) >> 32) & 0xFFFF_FFFF in ISATAP:
                return False
            return long in GIVEN_OUT_6 and not any(long in block for block in SET_APART_6)
        case _:
            return False


def is_loopback(address: str) -> bool:
    """Whether it is this machine itself."""
    match _parsed(address):
        case IPv4Address() as plain:
            return plain.is_loopback
        case IPv6Address() as long if long in MAPPED:
            return _last_32_bits(long).is_loopback
        case IPv6Address() as long:
            return long.is_loopback
        case _:
            return False


def system_addresses(host: str, port: int) -> list[str]:
    """What the system's resolver says, each address once."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label of more than 63 characters
        raise OSError(f"{host} is no host name: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    if "%" in address:  # bound to an interface of this machine
        return None
    try:
        return ip_address(address)
    except ValueError:
        return None


def _last_32_bits(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)
