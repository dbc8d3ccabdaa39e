"""A flow: the conversation of two endpoints, as one socket of this machine has it."""

import base64
import hashlib
import ipaddress
import struct
from dataclasses import dataclass
from enum import StrEnum


class Protocol(StrEnum):
    """Transport protocols by the name that ECS and Zeek use."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"
    ICMPV6 = "ipv6-icmp"
    SCTP = "sctp"
    RAW = "raw"
    PACKET = "packet"
    OTHER = "other"


IP_PROTOCOL_NUMBERS = {
    Protocol.ICMP: 1,
    Protocol.TCP: 6,
    Protocol.UDP: 17,
    Protocol.ICMPV6: 58,
    Protocol.SCTP: 132,
}
"""IANA protocol numbers of the protocols that have one of their own."""


class Direction(StrEnum):
    """Who opened the conversation: bytes can leave in both cases."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A canonical address (IPv4-mapped IPv6 unwrapped) and a port, 0 where there is none."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class FiveTuple:
    """Protocol and both ends; the source end is this machine's."""

    protocol: Protocol
    source: Endpoint
    destination: Endpoint


@dataclass(frozen=True, slots=True)
class FlowKey:
    """One socket's identity: its network namespace's inode and the kernel's socket cookie."""

    network_namespace: int
    cookie: int


def community_id(flow: FiveTuple, seed: int = 0) -> str | None:
    """Give the Community ID v1 of a flow, or None for a protocol that has no ports and no number.

    Source: Community ID flow hashing specification, version 1 (corelight/community-id-spec). ICMP
    is hashed with the ports it is given, which callers set to type and code.
    """
    number = IP_PROTOCOL_NUMBERS.get(flow.protocol)
    if number is None:
        return None
    ends = sorted(
        (ipaddress.ip_address(end.address).packed, end.port)
        for end in (flow.source, flow.destination)
    )
    (low, low_port), (high, high_port) = ends
    data = (
        struct.pack("!H", seed) + low + high + struct.pack("!BBHH", number, 0, low_port, high_port)
    )
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    return "1:" + base64.b64encode(digest).decode("ascii")
