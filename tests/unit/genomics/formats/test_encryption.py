import gzip
import os
import random
from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat
from support.genomics_files import a_bam, a_sam, identified


def test_ciphertext_without_a_signature_is_said_with_the_tests_strength(tmp_path: Path) -> None:
    facts = identified(tmp_path, random.Random(4).randbytes(60_000))

    assert (facts.format, facts.category) == (FileFormat.ENCRYPTED, Category.UNKNOWN)
    assert facts.evidence[0].value.startswith("chi-square ")
    assert facts.persons.at_most is None


@pytest.mark.parametrize(
    "content",
    [
        bytes(60_000),
        b"\x80" + bytes(range(256)) * 4 + b"abc" * 20_000,
        b"\x89PNG\r\n\x1a\n" + os.urandom(60_000),
        b"%PDF-1.7\n\x80" + os.urandom(60_000),
        os.urandom(1000),
    ],
    ids=["zeros", "skewed", "picture", "document", "too short"],
)
def test_other_bytes_are_not_called_ciphertext(tmp_path: Path, content: bytes) -> None:
    assert identified(tmp_path, content).format is not FileFormat.ENCRYPTED


def test_compressed_data_is_opened_and_not_called_ciphertext(tmp_path: Path) -> None:
    assert identified(tmp_path, a_bam(a_sam(records=500))).format is FileFormat.BAM
    assert identified(tmp_path, gzip.compress(b"words " * 5000)).format is FileFormat.UNKNOWN


@pytest.mark.parametrize(
    "content",
    [
        b"crypt4gh is a format\n",
        b"crypt4gh\x02\0\0\0\x01\0\0\0" + bytes(50),
        b"Salted peanuts\n",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
        b"age-encryption.org/v1 is the first line\n",
        b"LUKS is a format\n",
    ],
)
def test_a_magic_word_alone_is_not_enough(tmp_path: Path, content: bytes) -> None:
    assert identified(tmp_path, content).format is FileFormat.UNKNOWN


@pytest.mark.parametrize("version", [1, 2])
def test_an_encrypted_disk_is_known(tmp_path: Path, version: int) -> None:
    content = b"LUKS\xba\xbe" + version.to_bytes(2, "big") + bytes(500)

    assert identified(tmp_path, content).format is FileFormat.LUKS
