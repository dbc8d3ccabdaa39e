"""A name server for the lab's own names: `python -m strandwatch.lab.nameserver`.

It answers A and AAAA questions over UDP from a table and says NXDOMAIN to the rest (RFC 1035).
"""

import argparse
import ipaddress
import json
import socket
import struct
from collections.abc import Mapping, Sequence

_HEADER = struct.Struct("!6H")
_QUESTION_TAIL = struct.Struct("!HH")
_RESPONSE = 0x8400
"""A response (QR) that is authoritative (AA)."""
_RECURSION_DESIRED = 0x0100
_NO_SUCH_NAME = 3
_VERSIONS = {1: 4, 28: 6}
"""Which addresses the types A and AAAA ask for."""
_CNAME = 5
_INTERNET = 1
_TIME_TO_LIVE_SECONDS = 60

Names = Mapping[str, Sequence[str]]
"""Addresses of each name; an entry that is no address is the name it stands for (CNAME)."""


def answer(query: bytes, names: Names) -> bytes | None:
    """Give the response to a query, or None for bytes that are not one."""
    question = _question(query)
    if question is None:
        return None
    name, kind, end = question
    number, flags, *_ = _HEADER.unpack_from(query)
    response = _RESPONSE | flags & _RECURSION_DESIRED
    owner = name.lower()
    if owner not in names:
        return _HEADER.pack(number, response | _NO_SUCH_NAME, 1, 0, 0, 0) + query[12:end]
    records = _records(owner, kind, names)
    header = _HEADER.pack(number, response, 1, len(records), 0, 0)
    return header + query[12:end] + b"".join(records)


def _question(query: bytes) -> tuple[str, int, int] | None:
    """Give the name and type that a query asks for, and where its question ends."""
    if len(query) < _HEADER.size:
        return None
    _, flags, questions, *_ = _HEADER.unpack_from(query)
    if flags & 0x8000 or questions != 1:
        return None
    labels: list[str] = []
    position = _HEADER.size
    while position < len(query) and (length := query[position]):
        label = query[position + 1 : position + 1 + length]
        if length > 63 or len(label) < length:
            return None
        labels.append(label.decode("ascii", "replace"))
        position += 1 + length
    end = position + 1 + _QUESTION_TAIL.size
    if end > len(query):
        return None
    kind, _ = _QUESTION_TAIL.unpack_from(query, position + 1)
    return ".".join(labels), kind, end


def _records(owner: str, kind: int, names: Names) -> list[bytes]:
    """Give the answer records: the chain of other names first, then the addresses."""
    records: list[bytes] = []
    followed = {owner}
    while owner in names and not _addresses(names[owner]) and names[owner][0] not in followed:
        canonical = names[owner][0].lower()
        records.append(_record(owner, _CNAME, _encoded(canonical)))
        followed.add(canonical)
        owner = canonical
    return records + [
        _record(owner, kind, address.packed)
        for address in _addresses(names.get(owner, ()))
        if address.version == _VERSIONS.get(kind)
    ]


def _addresses(entries: Sequence[str]) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    found = []
    for entry in entries:
        try:
            found.append(ipaddress.ip_address(entry))
        except ValueError:
            return []
    return found


def _record(owner: str, kind: int, data: bytes) -> bytes:
    head = struct.pack("!HHIH", kind, _INTERNET, _TIME_TO_LIVE_SECONDS, len(data))
    return _encoded(owner) + head + data


def _encoded(name: str) -> bytes:
    labels = (label.encode("ascii") for label in name.split("."))
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def main(arguments: list[str] | None = None) -> None:
    """Answer until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=53)
    parser.add_argument("--names", type=json.loads, required=True, help="JSON table of names")
    options = parser.parse_args(arguments)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("0.0.0.0", options.port))  # noqa: S104 - in a namespace of the lab's own
        while True:
            query, peer = server.recvfrom(4096)
            response = answer(query, options.names)
            if response is not None:
                server.sendto(response, peer)


if __name__ == "__main__":
    main()
