"""The chain: every record's hash linked to all before it, so that no change goes unseen.

A link is BLAKE2b-256 of the link before, the sequence number, the kind, the key and the record's
own hash. A record that a later one replaced leaves its hash.
"""

import hashlib
from dataclasses import dataclass

GENESIS = bytes(32)
"""The link before the first."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain."""

    seq: int
    kind: str
    key: str
    hash: bytes
    link: bytes


def content_hash(content: bytes) -> bytes:
    """Give a record's own hash."""
    return hashlib.blake2b(content, digest_size=32).digest()


def link_after(previous: bytes, seq: int, kind: str, key: str, record_hash: bytes) -> bytes:
    """Give the link that ties a record to everything before it."""
    head = f"{seq}\0{kind}\0{key}\0".encode()
    return hashlib.blake2b(previous + head + record_hash, digest_size=32).digest()
