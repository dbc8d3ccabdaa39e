"""From the IP header to the payload: which conversation a packet is of, and what it says.

Written by hand, because every packet passes here before anything is known of it; the names
themselves are dissected with scapy.
"""

import ipaddress
import struct
from dataclasses import dataclass

from strandwatch.domain.flow import Endpoint, FiveTuple, Protocol

_TCP, _UDP = 6, 17
_EXTENSIONS = frozenset({0, 43, 60})
"""IPv6 hop-by-hop options, routing, destination options (RFC 8200): 8 bytes times length + 1."""
_MOST_EXTENSIONS = 8


@dataclass(frozen=True, slots=True)
class Segment:
    """A transport payload with its ends in the order of the packet; `sequence` is TCP's."""

    protocol: Protocol
    source: Endpoint
    destination: Endpoint
    payload: bytes
    sequence: int = 0
    is_first: bool = False
    """TCP's SYN was set."""

    def flow(self, *, outbound: bool) -> FiveTuple:
        """Give the conversation with this machine's end as source."""
        if outbound:
            return FiveTuple(self.protocol, self.source, self.destination)
        return FiveTuple(self.protocol, self.destination, self.source)


def read_packet(data: bytes) -> Segment | None:
    """Split a packet; None for anything but an unfragmented TCP or UDP packet."""
    found = _read_network(data)
    if found is None:
        return None
    protocol, source, destination, offset, end = found
    if protocol == _UDP and end - offset >= 8:
        ports = struct.unpack_from("!HH", data, offset)
        return _segment(Protocol.UDP, source, destination, ports, data[offset + 8 : end])
    if protocol == _TCP and end - offset >= 20:
        return _read_tcp(data, source, destination, offset, end)
    return None


def _read_tcp(
    data: bytes, source: bytes, destination: bytes, offset: int, end: int
) -> Segment | None:
    first, second, sequence, _, length, flags = struct.unpack_from("!HHIIBB", data, offset)
    start = offset + (length >> 4) * 4
    if start < offset + 20 or start > end:
        return None
    segment = _segment(Protocol.TCP, source, destination, (first, second), data[start:end])
    return Segment(
        segment.protocol,
        segment.source,
        segment.destination,
        segment.payload,
        sequence,
        bool(flags & 0x02),
    )


def _segment(
    protocol: Protocol, source: bytes, destination: bytes, ports: tuple[int, ...], payload: bytes
) -> Segment:
    return Segment(
        protocol,
        Endpoint(_address(source), ports[0]),
        Endpoint(_address(destination), ports[1]),
        payload,
    )


_Network = tuple[int, bytes, bytes, int, int]


def _read_network(data: bytes) -> _Network | None:
    """Give protocol, both addresses, and where the transport header begins and ends."""
    version = data[0] >> 4 if data else 0
    if version == 4 and len(data) >= 20:
        return _read_ipv4(data)
    if version == 6 and len(data) >= 40:
        return _read_ipv6(data)
    return None


def _read_ipv4(data: bytes) -> _Network | None:
    header, length, fragment = (data[0] & 0xF) * 4, *struct.unpack_from("!H2xH", data, 2)
    if header < 20 or fragment & 0x3FFF:
        return None
    # A length of zero is one that the network card fills in (large sends).
    end = min(length or len(data), len(data))
    return data[9], data[12:16], data[16:20], header, end


def _read_ipv6(data: bytes) -> _Network | None:
    (length,) = struct.unpack_from("!H", data, 4)
    end = min(40 + length if length else len(data), len(data))
    kind, offset = data[6], 40
    for _ in range(_MOST_EXTENSIONS):
        if kind not in _EXTENSIONS or offset + 2 > end:
            break
        kind, offset = data[offset], offset + 8 * (data[offset + 1] + 1)
    return kind, data[8:24], data[24:40], offset, end


def _address(raw: bytes) -> str:
    address = ipaddress.ip_address(raw)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
