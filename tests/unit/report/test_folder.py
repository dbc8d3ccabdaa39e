"""A case's folder proves itself."""

import hashlib
import json
import stat
from pathlib import Path

import pytest

from strandwatch.errors import UsageError
from strandwatch.report.folder import MANIFEST, Signature, case_files, write_folder
from support.cases import MADE_NS, a_case


def test_the_manifest_has_the_hash_of_every_file(tmp_path: Path) -> None:
    folder = tmp_path / "case"

    write_folder(folder, case_files(a_case()), made_ns=MADE_NS, version="0", sign=None)

    listed = json.loads((folder / MANIFEST).read_text())["files"]
    there = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    assert listed == there
    assert len(there) == 5
    assert stat.S_IMODE((folder / "case.json").stat().st_mode) & 0o007 == 0


def test_the_json_has_every_record_with_its_hash(tmp_path: Path) -> None:
    record = json.loads(case_files(a_case())["case.json"])

    assert record["alert"]["id"] == "abcdef0123456789"
    assert len(record["history"]) == 5
    assert record["handling"][0]["by"] == "alice"
    assert record["records"][0]["hash"] == "ab" * 32


def test_a_signature_is_over_the_manifest(tmp_path: Path) -> None:
    signed: list[bytes] = []

    def sign(data: bytes) -> Signature:
        signed.append(data)
        return Signature("key", "signature")

    write_folder(tmp_path / "case", {}, made_ns=MADE_NS, version="0", sign=sign)

    assert signed == [(tmp_path / "case" / MANIFEST).read_bytes()]
    beside = json.loads((tmp_path / "case" / f"{MANIFEST}.signature").read_text())
    assert (beside["algorithm"], beside["signature"]) == ("Ed25519", "signature")


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is there already"):
        write_folder(tmp_path, {}, made_ns=MADE_NS, version="0", sign=None)
