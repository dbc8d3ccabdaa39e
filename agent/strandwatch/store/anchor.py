"""Anchors: once a day the chain's end is signed, to be noted where nobody can change it.

Ed25519 with a key that is made beside the record. Who can write the record can sign too: an anchor
protects what lies before it from the moment at which it has been kept elsewhere, in a log server or
on paper.
"""

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from strandwatch.errors import StoreError

KEY_FILE = "anchor.key"
_KEY_BYTES = 32
_PURPOSE = b"strandwatch anchor 1"
_MANIFEST_PURPOSE = b"strandwatch manifest 1"
_NOTED = re.compile(r"\b(day|seq|link|public_key|signature)=([0-9a-f-]+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The chain's end on a day, signed."""

    day: str
    """The day (UTC) that ended with this link."""
    at_ns: int
    seq: int
    link: str
    public_key: str
    signature: str


class Signer:
    """Signs anchors with the key in a folder, made there when it is missing."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEY_FILE

    def anchor(self, day: str, at_ns: int, seq: int, link: bytes) -> Anchor:
        """Sign the end of the chain."""
        # Needed once a day: the library is not kept in mind by those who never get that far.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self._key())
        return Anchor(
            day=day,
            at_ns=at_ns,
            seq=seq,
            link=link.hex(),
            public_key=key.public_key().public_bytes_raw().hex(),
            signature=key.sign(_message(day, seq, link)).hex(),
        )

    def is_there(self) -> bool:
        """Tell whether there is a key that this account may read."""
        return os.access(self._path, os.R_OK)

    def sign(self, data: bytes) -> tuple[str, str]:
        """Sign the manifest of what is handed on; give public key and signature in hex."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self._key())
        signature = key.sign(_MANIFEST_PURPOSE + b"\0" + data)
        return key.public_key().public_bytes_raw().hex(), signature.hex()

    def _key(self) -> bytes:
        try:
            key = self._path.read_bytes()
        except FileNotFoundError:
            key = self._make()
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be read: {error.strerror}") from error
        if len(key) != _KEY_BYTES:
            raise StoreError(f"{self._path} is no key: move it away, and a new one is made")
        return key

    def _make(self) -> bytes:
        key = os.urandom(_KEY_BYTES)
        fresh = self._path.with_suffix(".new")
        try:
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(self._path)
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be made: {error.strerror}") from error
        return key


def noted_anchors(path: Path) -> list[Anchor]:
    """Read the anchors in a log, as text or JSON; raises StoreError when there are none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from error
    found = [anchor for line in text.splitlines() if (anchor := _noted(line)) is not None]
    if not found:
        raise StoreError(f"{path}: no anchors there: lines of the log with `record_anchored`")
    return found


def is_genuine(anchor: Anchor) -> bool:
    """Tell whether an anchor was signed by the key that it names; whose key that is it cannot."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(anchor.public_key))
        message = _message(anchor.day, anchor.seq, bytes.fromhex(anchor.link))
        key.verify(bytes.fromhex(anchor.signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_genuine_manifest(data: bytes, public_key: str, signature: str) -> bool:
    """Tell whether a manifest was signed by the key that its signature names."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), _MANIFEST_PURPOSE + b"\0" + data)
    except (InvalidSignature, ValueError):
        return False
    return True


def day_of(moment_ns: int) -> str:
    """Give a moment's day in UTC."""
    return (_EPOCH + timedelta(microseconds=moment_ns // 1000)).date().isoformat()


def _noted(line: str) -> Anchor | None:
    """Read one line; None for one that holds no anchor."""
    if "record_anchored" not in line:
        return None
    try:
        values = dict(json.loads(line[line.index("{") :]))
    except ValueError:
        values = dict(_NOTED.findall(_COLOUR.sub("", line)))
    try:
        return Anchor(
            day=str(values["day"]),
            at_ns=0,
            seq=int(values["seq"]),
            link=str(values["link"]),
            public_key=str(values["public_key"]),
            signature=str(values["signature"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _message(day: str, seq: int, link: bytes) -> bytes:
    return b"\0".join((_PURPOSE, day.encode(), str(seq).encode(), link))
