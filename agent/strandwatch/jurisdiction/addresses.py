"""Addresses: one form for each, IPv4 inside IPv6 unwrapped, and ranges that are internal."""

import ipaddress
import re
import socket
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Documentation prefixes are not here: laboratories and tests use them like any other address.
_SPECIAL = {
    "0.0.0.0/8": "this network (RFC 791)",
    "10.0.0.0/8": "private (RFC 1918)",
    "100.64.0.0/10": "carrier-grade NAT (RFC 6598)",
    "127.0.0.0/8": "loopback (RFC 1122)",
    "169.254.0.0/16": "link-local (RFC 3927)",
    "172.16.0.0/12": "private (RFC 1918)",
    "192.0.0.0/24": "protocol assignments (RFC 6890)",
    "192.168.0.0/16": "private (RFC 1918)",
    "198.18.0.0/15": "benchmarking (RFC 2544)",
    "224.0.0.0/4": "multicast (RFC 5771)",
    "240.0.0.0/4": "reserved (RFC 1112)",
    "::/128": "unspecified (RFC 4291)",
    "::1/128": "loopback (RFC 4291)",
    "64:ff9b:1::/48": "local NAT64 (RFC 8215)",
    "100::/64": "discard (RFC 6666)",
    "2001:2::/48": "benchmarking (RFC 5180)",
    "2001:10::/28": "ORCHID (RFC 4843)",
    "2001:20::/28": "ORCHID (RFC 7343)",
    "fc00::/7": "unique local (RFC 4193)",
    "fe80::/10": "link-local (RFC 4291)",
    "fec0::/10": "site-local (RFC 3879)",
    "ff00::/8": "multicast (RFC 4291)",
}
_LEGACY_IPV4 = re.compile(r"[0-9a-fA-FxX]{1,12}(\.[0-9a-fA-FxX]{1,12}){0,3}")
_LOW_32 = 0xFFFF_FFFF
_LAST_32_BITS = {
    0xFFFF: "IPv4-mapped",
    0xFFFF_0000: "IPv4-translated, RFC 2765",
    0x0064_FF9B << 64: "NAT64, RFC 6052",
}
"""The first 96 bits of the forms that hold an IPv4 address in their last 32."""
_NAT64_LENGTHS = frozenset({32, 40, 48, 56, 64, 96})


class RangeTable:
    """Ranges of addresses with a label each; of overlapping ranges the narrowest answers."""

    def __init__(self, rows: Iterable[tuple[Network, str]]) -> None:
        self._tables = {4: _flat(rows := list(rows), 4), 6: _flat(rows, 6)}
        self.size = len(rows)

    def find(self, version: int, number: int) -> str | None:
        """Give the label of the range that holds this address."""
        starts, labels = self._tables[version]
        at = bisect_right(starts, number) - 1
        return labels[at] if at >= 0 else None

    def last_alike(self, version: int, number: int) -> int:
        """Give the last address after this one up to which the answer stays the same."""
        starts, _ = self._tables[version]
        at = bisect_right(starts, number)
        return starts[at] - 1 if at < len(starts) else (1 << (32 if version == 4 else 128)) - 1


def _flat(rows: Iterable[tuple[Network, str]], version: int) -> tuple[list[int], list[str | None]]:
    """Turn nested networks into the borders at which the answer changes."""
    nested = sorted(
        (
            (int(network.network_address), network.prefixlen, int(network.broadcast_address), label)
            for network, label in rows
            if network.version == version
        ),
    )
    starts: list[int] = []
    labels: list[str | None] = []

    def border(at: int, label: str | None) -> None:
        if starts and starts[-1] == at:
            labels[-1] = label
        else:
            starts.append(at)
            labels.append(label)

    open_ranges: list[tuple[int, str]] = []

    def close_before(at: int | None) -> None:
        while open_ranges and (at is None or open_ranges[-1][0] < at):
            end, _ = open_ranges.pop()
            border(end + 1, open_ranges[-1][1] if open_ranges else None)

    for start, _, end, label in nested:
        close_before(start)
        border(start, label)
        open_ranges.append((end, label))
    close_before(None)
    return starts, labels


_SPECIAL_TABLE = RangeTable(
    (ipaddress.ip_network(prefix), label) for prefix, label in _SPECIAL.items()
)


def last_of_special(version: int, number: int) -> int:
    """Give the last address up to which an address stays internal, or of the open internet."""
    return _SPECIAL_TABLE.last_alike(version, number)


@dataclass(frozen=True, slots=True)
class NormalAddress:
    """An address in its one form; `unwrapped` says from what, when it was inside another."""

    text: str
    version: int
    number: int
    special: str | None
    """Why it is internal, None for an address of the open internet."""
    unwrapped: str | None = None


def normalise(text: str, nat64: Sequence[ipaddress.IPv6Network] = ()) -> NormalAddress | None:
    """Give the one form of an address in any textual form; None for what is no address.

    IPv4 inside IPv6 (mapped, 6to4, Teredo, NAT64) becomes the IPv4 address that answers.
    """
    address = parse(text)
    if address is None:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return _normal(4, int(address), str(address), None)
    inner = _unwrap(int(address), nat64)
    if inner is None:
        return _normal(6, int(address), str(ipaddress.IPv6Address(int(address))), None)
    number, how = inner
    plain = str(ipaddress.IPv4Address(number))
    return _normal(4, number, plain, f"{ipaddress.IPv6Address(int(address))} ({how})")


def _normal(version: int, number: int, text: str, unwrapped: str | None) -> NormalAddress:
    return NormalAddress(text, version, number, _SPECIAL_TABLE.find(version, number), unwrapped)


def parse(text: str) -> IpAddress | None:
    """Read an address as programs do: brackets, zones and the old number forms of IPv4 count."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    bare = text.strip().removeprefix("[").removesuffix("]")
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        return _legacy(bare)


def split_host(text: str) -> tuple[str, int | None]:
    """Take the host and the port out of an address, `host:port`, `[v6]:port` or a URL."""
    host = text.strip()
    if "://" in host:
        host = host.partition("://")[2]
    if parse(host) is None:
        host = host.partition("/")[0].rpartition("@")[2]
    if parse(host) is not None:
        return host, None
    name, colon, port = host.rpartition(":")
    if colon and port.isdecimal() and len(port) <= 5 and int(port) <= 65535:
        return name, int(port)
    return host, None


def _legacy(text: str) -> ipaddress.IPv4Address | None:
    # getaddrinfo, and so curl and ssh, read 0x7f.1, 017700000001 and 2130706433 as inet_aton does.
    if _LEGACY_IPV4.fullmatch(text) is None:
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except (OSError, ValueError):
        return None


def _unwrap(number: int, nat64: Sequence[ipaddress.IPv6Network]) -> tuple[int, str] | None:
    for network in nat64:
        beyond = 128 - network.prefixlen
        if number >> beyond == int(network.network_address) >> beyond:
            return _nat64_inner(number, network.prefixlen), "NAT64, configured prefix"
    how = _LAST_32_BITS.get(number >> 32)
    if how is not None:
        return number & _LOW_32, how
    if number >> 112 == 0x2002:
        return (number >> 80) & _LOW_32, "6to4, RFC 3056"
    if number >> 96 == 0x2001_0000:
        return ~number & _LOW_32, "Teredo, RFC 4380"
    if 0xFFFF < number <= _LOW_32:
        return number, "IPv4-compatible, RFC 4291"
    return None


def _nat64_inner(number: int, length: int) -> int:
    """Take the IPv4 address out by RFC 6052, section 2.2: bits 64 to 71 are skipped."""
    if length == 96:
        return number & _LOW_32
    without = ((number >> 64) << 56) | (number & ((1 << 56) - 1))
    return (without >> (120 - length - 32)) & _LOW_32


def nat64_prefix(text: str) -> ipaddress.IPv6Network | None:
    """Read a configured NAT64 prefix; None when RFC 6052 knows no such prefix length."""
    try:
        network = ipaddress.IPv6Network(text)
    except ValueError:
        return None
    return network if network.prefixlen in _NAT64_LENGTHS else None
