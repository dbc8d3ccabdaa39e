"""Names in plain requests: HTTP's Host (RFC 9112), CONNECT, and SOCKS 4 and 5 (RFC 1928).

Small enough to need no library; what follows the name is never looked at.
"""

import ipaddress
from dataclasses import dataclass

from strandwatch.dissect.hostile import clean_name
from strandwatch.domain.destination import NameEvidence

_LONGEST_HEAD = 16 * 1024
_SOCKS4, _SOCKS5, _CONNECT = 4, 5, 1
_IPV4, _NAME = 1, 3


@dataclass(frozen=True, slots=True)
class Request:
    """Where a request wants to go, and by which sign."""

    name: str
    evidence: NameEvidence


def read_request(payload: bytes) -> Request | None:
    """Read the beginning of a request; None for one that names no host."""
    if len(payload) < 4:
        return None
    if payload[0] == _SOCKS5 and payload[1] == _CONNECT and not payload[2]:
        return _socks5(payload)
    if payload[0] == _SOCKS4 and payload[1] == _CONNECT:
        return _socks4(payload)
    return _http(payload[:_LONGEST_HEAD])


def _socks5(payload: bytes) -> Request | None:
    if payload[3] != _NAME or len(payload) < 5 or len(payload) < 5 + payload[4]:
        return None
    return _named(payload[5 : 5 + payload[4]], NameEvidence.PROXY_TARGET)


def _socks4(payload: bytes) -> Request | None:
    # SOCKS 4a: an address of 0.0.0.x says that a name follows the user's.
    if payload[4:7] != b"\0\0\0" or len(payload) < 9 or not payload[7]:
        return None
    fields = payload[8:].split(b"\0")
    return _named(fields[1], NameEvidence.PROXY_TARGET) if len(fields) > 2 else None


def _http(head: bytes) -> Request | None:
    lines = head.split(b"\r\n")
    words = lines[0].split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        return None
    if words[0] == b"CONNECT":
        return _named(_without_port(words[1]), NameEvidence.PROXY_TARGET)
    # A proxy's client asks for a whole address, which counts more than Host (RFC 9112 3.2.2).
    scheme, separator, rest = words[1].partition(b"://")
    if separator and scheme.isalpha():
        authority = rest.split(b"/", 1)[0].rsplit(b"@", 1)[-1]
        return _named(_without_port(authority), NameEvidence.PROXY_TARGET)
    # The last line may be cut off; it is only believed when another one follows.
    for line in lines[1:-1]:
        field, _, value = line.partition(b":")
        if field.lower() == b"host":
            return _named(_without_port(value.strip()), NameEvidence.HTTP_HOST)
    return None


def _without_port(authority: bytes) -> bytes:
    if authority.startswith(b"["):
        return b""
    return authority.split(b":", 1)[0]


def _named(raw: bytes, evidence: NameEvidence) -> Request | None:
    name = clean_name(raw)
    if name is None or _is_address(name):
        return None
    return Request(name, evidence)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
