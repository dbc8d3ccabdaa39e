"""Encryption: content that cannot be seen; what was read before it tells what it may hold."""

import re
from collections import Counter

from strandwatch.domain.file import Category, Evidence, FileFormat
from strandwatch.domain.sample import UNKNOWN_PERSONS
from strandwatch.genomics.finding import Finding
from strandwatch.genomics.head import Head

_UNIFORM_SAMPLE = 60_000
_UNIFORM_LEAST = 4096
_CHI_SQUARE_BOUND = 350.0
"""For 255 degrees of freedom, true random bytes stay below it in 9,999 of 10,000 cases."""
_ENVELOPED = bytes.fromhex("2a864886f70d0107")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\r\n]+\Z")


def by_magic(head: Head) -> Finding | None:
    """Recognise Crypt4GH, age, OpenSSL, OpenPGP, CMS and LUKS by signature and version."""
    data = head.data
    for recognise, kind in _KINDS:
        if recognise(data):
            return _opaque(kind, Evidence("signature", kind.value))
    return None


def _crypt4gh(data: bytes) -> bool:
    packets = int.from_bytes(data[12:16], "little")
    return data[:8] == b"crypt4gh" and data[8:12] == b"\x01\0\0\0" and 0 < packets < 10_000


def _age(data: bytes) -> bool:
    return data.startswith((b"age-encryption.org/v1\n-> ", b"-----BEGIN AGE ENCRYPTED FILE-----"))


def _openssl(data: bytes) -> bool:
    return data.startswith(b"Salted__") or (
        data.startswith(b"U2FsdGVkX1") and _BASE64.match(data[:4096]) is not None
    )


def _openpgp(data: bytes) -> bool:
    """Check armour, or packets: session key (1 or 3) first, then encrypted data (9, 18 or 20)."""
    if data.startswith(b"-----BEGIN PGP MESSAGE-----"):
        return True
    tag, length, start = _packet(data, 0)
    if tag not in (1, 3) or not 0 < length < 2000:
        return False
    if data[start : start + 1] not in ((b"\x03",) if tag == 1 else (b"\x04", b"\x05", b"\x06")):
        return False
    following, _, _ = _packet(data, start + length)
    return following in (1, 3, 9, 18, 20)


def _packet(data: bytes, position: int) -> tuple[int, int, int]:
    """Give tag, length and start of the body of an OpenPGP packet (RFC 9580, section 4.2)."""
    header = data[position : position + 6]
    if len(header) < 2 or not header[0] & 0x80:
        return -1, 0, 0
    if header[0] & 0x40:
        tag, first = header[0] & 0x3F, header[1]
        if first < 192:
            return tag, first, position + 2
        if first < 224 and len(header) > 2:
            return tag, ((first - 192) << 8) + header[2] + 192, position + 3
        return tag, int.from_bytes(header[2:6], "big") if first == 255 else 0, position + 6
    size = (1, 2, 4, 0)[header[0] & 3]
    length = int.from_bytes(header[1 : 1 + size], "big")
    return header[0] >> 2 & 0x0F, length, position + 1 + size


def _cms(data: bytes) -> bool:
    at = data[:32].find(_ENVELOPED)
    return data[:1] == b"\x30" and at > 0 and data[at + 8 : at + 9] in (b"\x03", b"\x06")


def _luks(data: bytes) -> bool:
    return data[:6] in (b"LUKS\xba\xbe", b"SKUL\xba\xbe") and data[6:8] in (b"\0\x01", b"\0\x02")


_KINDS = (
    (_crypt4gh, FileFormat.CRYPT4GH),
    (_age, FileFormat.AGE),
    (_openssl, FileFormat.OPENSSL),
    (_openpgp, FileFormat.OPENPGP),
    (_cms, FileFormat.CMS),
    (_luks, FileFormat.LUKS),
)


def uniform(head: Head) -> Finding | None:
    """Say of bytes without signature that all values are equally frequent, as in ciphertext."""
    sample = head.data[:_UNIFORM_SAMPLE]
    if head.size is None or len(sample) < _UNIFORM_LEAST:
        return None
    expected = len(sample) / 256
    counts = Counter(sample)
    squares = sum((counts[value] - expected) ** 2 for value in range(256))
    statistic = squares / expected
    if statistic >= _CHI_SQUARE_BOUND:
        return None
    strength = f"chi-square {statistic:.0f} over {len(sample)} bytes"
    return _opaque(FileFormat.ENCRYPTED, Evidence("uniform-bytes", strength))


def _opaque(kind: FileFormat, evidence: Evidence) -> Finding:
    return Finding(
        format=kind,
        category=Category.UNKNOWN,
        persons=UNKNOWN_PERSONS,
        container=kind.value,
        evidence=(evidence,),
    )
