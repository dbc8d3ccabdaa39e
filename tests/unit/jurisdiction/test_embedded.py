import hashlib
import json
import lzma
import subprocess
import sys
from pathlib import Path

import pytest

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.databases import DatabaseKind, digest_of
from strandwatch.jurisdiction.embedded import EmbeddedFile, adopt, expand, read_manifest
from support.address_data import country_record, write_database


def _pack(folder: Path) -> EmbeddedFile:
    """A packed database in a folder with a manifest, as in geoip/."""
    plain = write_database(folder / "plain.mmdb", {"203.0.113.0/24": country_record("CN")})
    content = plain.read_bytes()
    (folder / "small.mmdb.xz").write_bytes(lzma.compress(content))
    row = {
        "name": "small",
        "kind": "country",
        "file": "small.mmdb.xz",
        "sha256": hashlib.sha256(content).hexdigest(),
        "packed_sha256": "0",
        "size_bytes": len(content),
        "build": "2026-10-26",
        "source": "test",
        "licence": "MIT",
        "attribution": "test",
        "build_epoch": 1,
        "census": {"CN": [1, 1]},
    }
    (folder / "MANIFEST.json").write_text(json.dumps({"version": 1, "files": [row]}))
    (embedded,) = read_manifest(folder)
    return embedded


def test_an_embedded_database_is_expanded_once(tmp_path: Path) -> None:
    row = _pack(tmp_path)

    first = expand(row, tmp_path, tmp_path / "cache")
    inode = first.path.stat().st_ino
    second = expand(row, tmp_path, tmp_path / "cache")

    assert digest_of(first.path) == row.sha256
    assert second == first
    assert second.path.stat().st_ino == inode


def test_a_damaged_expansion_is_made_again(tmp_path: Path) -> None:
    row = _pack(tmp_path)
    file = expand(row, tmp_path, tmp_path / "cache")
    file.path.write_bytes(file.path.read_bytes()[:-1] + b"!")

    again = expand(row, tmp_path, tmp_path / "cache")

    assert digest_of(again.path) == row.sha256


def test_expansions_of_earlier_builds_go_away(tmp_path: Path) -> None:
    row = _pack(tmp_path)
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "small-0123456789abcdef.mmdb").write_bytes(b"old")

    file = expand(row, tmp_path, cache)

    assert list(cache.iterdir()) == [file.path]


@pytest.mark.parametrize(
    "content", [b"", b"no xz", lzma.compress(b"other"), lzma.compress(bytes(1 << 20))[:-20]]
)
def test_a_damaged_package_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    row = _pack(tmp_path)
    (tmp_path / row.file).write_bytes(content)

    with pytest.raises(JurisdictionError, match="small"):
        expand(row, tmp_path, tmp_path / "cache")

    assert list((tmp_path / "cache").glob("*")) == []


def test_a_package_that_grows_without_end_is_stopped(tmp_path: Path) -> None:
    row = _pack(tmp_path)
    (tmp_path / row.file).write_bytes(lzma.compress(bytes(64 << 20)))

    with pytest.raises(JurisdictionError, match="more than"):
        expand(row, tmp_path, tmp_path / "cache")


def test_a_missing_package_is_refused(tmp_path: Path) -> None:
    row = _pack(tmp_path)
    (tmp_path / row.file).unlink()

    with pytest.raises(JurisdictionError):
        expand(row, tmp_path, tmp_path / "cache")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"files": [{}]}', '{"files": [3]}'])
def test_a_malformed_manifest_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "MANIFEST.json").write_text(content)

    with pytest.raises(JurisdictionError, match="manifest"):
        read_manifest(tmp_path)


_EXPAND = """
import sys
from pathlib import Path
from strandwatch.jurisdiction.databases import digest_of
from strandwatch.jurisdiction.embedded import expand, read_manifest
folder = Path(sys.argv[1])
sys.stdin.read()
for row in read_manifest(folder):
    print(digest_of(expand(row, folder, folder / "cache").path))
"""


def test_several_processes_may_expand_at_once(tmp_path: Path) -> None:
    row = _pack(tmp_path)
    command = [sys.executable, "-c", _EXPAND, str(tmp_path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]

    outputs = [process.communicate(timeout=60)[0].strip() for process in processes]

    assert outputs == [row.sha256] * 4
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [
        f"small-{row.sha256[:16]}.mmdb"
    ]


def test_an_operators_file_is_copied_so_that_theirs_may_change(tmp_path: Path) -> None:
    theirs = write_database(tmp_path / "their.mmdb", {"203.0.113.0/24": country_record("CN")})
    content = theirs.read_bytes()

    file = adopt(DatabaseKind.OVERRIDE, theirs, tmp_path / "cache")
    again = adopt(DatabaseKind.OVERRIDE, theirs, tmp_path / "cache")
    theirs.write_bytes(b"")

    assert file == again
    assert file.path.read_bytes() == content
    assert file.name == "their.mmdb"


def test_an_operators_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JurisdictionError, match=r"their\.mmdb: No such file"):
        adopt(DatabaseKind.OVERRIDE, tmp_path / "their.mmdb", tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_an_error_of_this_database(tmp_path: Path) -> None:
    row = _pack(tmp_path)
    (tmp_path / "cache").write_text("a file, not a directory")

    with pytest.raises(JurisdictionError):
        expand(row, tmp_path, tmp_path / "cache")
