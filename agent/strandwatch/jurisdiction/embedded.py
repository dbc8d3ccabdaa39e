"""Embedded databases: unpacks what the program brings along, and copies what operators give.

Nothing is ever mapped that somebody else may write to: a file that shrinks under a mapping kills
the process. So embedded files are expanded, and operators' files copied, into a directory of our
own, under names that hold the content's hash; several processes may do so at once.
"""

import contextlib
import hashlib
import json
import lzma
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, BinaryIO

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.census import Census, census_from_plain
from strandwatch.jurisdiction.databases import DatabaseFile, DatabaseKind, digest_of

_CHUNK = 1 << 20
LARGEST_DATABASE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedFile:
    """One row of the manifest: an embedded database and where it comes from."""

    name: str
    kind: DatabaseKind
    file: str
    sha256: str
    """Of the expanded database."""
    size_bytes: int
    build: str
    source: str
    licence: str
    attribution: str
    build_epoch: int
    census: Census

    @property
    def build_ns(self) -> int:
        """Give the moment of the build."""
        return self.build_epoch * 10**9


def read_manifest(folder: Traversable) -> tuple[EmbeddedFile, ...]:
    """Read MANIFEST.json; raises JurisdictionError when it is missing or malformed."""
    try:
        rows = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
        return tuple(_embedded(row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise JurisdictionError(f"the manifest of embedded databases: {error!r}") from error


def _embedded(row: dict[str, Any]) -> EmbeddedFile:
    fields = {key: row[key] for key in EmbeddedFile.__slots__}
    kind, census = DatabaseKind(row["kind"]), census_from_plain(row["census"])
    return EmbeddedFile(**{**fields, "kind": kind, "census": census})


def expanded(row: EmbeddedFile, into: Path) -> DatabaseFile | None:
    """Give the expanded database when it is there already, checked by its hash."""
    target = _target(row, into)
    if not _is_intact(target, row):
        return None
    return DatabaseFile(row.name, row.kind, target, row.sha256)


def expand(row: EmbeddedFile, folder: Traversable, into: Path) -> DatabaseFile:
    """Give the expanded database, checked by its hash; expands it when it is not there intact."""
    if (file := expanded(row, into)) is not None:
        return file
    target = _target(row, into)
    try:
        with (folder / row.file).open("rb") as packed, lzma.open(packed) as stream:
            sha256 = _place(stream, target, row.size_bytes, expected=row.sha256)  # type: ignore[arg-type]
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise JurisdictionError(f"embedded database {row.name}: {error}") from error
    if sha256 != row.sha256:
        raise JurisdictionError(f"embedded database {row.name} is damaged: its hash is wrong")
    _remove_others(into, row.name, target)
    return DatabaseFile(row.name, row.kind, target, row.sha256)


def _target(row: EmbeddedFile, into: Path) -> Path:
    return into / f"{row.name}-{row.sha256[:16]}.mmdb"


def adopt(kind: DatabaseKind, path: Path, into: Path) -> DatabaseFile:
    """Give a copy of an operator's database under our own name, so that theirs may be replaced."""
    try:
        if path.stat().st_size > LARGEST_DATABASE_BYTES:
            raise JurisdictionError(f"address database {path.name} is larger than 1 GiB")
        sha256 = digest_of(path)
        target = into / f"operator-{sha256[:32]}.mmdb"
        if not target.is_file() or digest_of(target) != sha256:
            with path.open("rb") as stream:
                copied = _place(stream, target, LARGEST_DATABASE_BYTES, expected=sha256)
            if copied != sha256:
                raise JurisdictionError(f"address database {path.name} changed while it was read")
    except OSError as error:
        raise JurisdictionError(f"address database {path.name}: {error.strerror}") from error
    return DatabaseFile(path.name, kind, target, sha256)


def _is_intact(target: Path, row: EmbeddedFile) -> bool:
    try:
        return target.stat().st_size == row.size_bytes and digest_of(target) == row.sha256
    except OSError:
        return False


def _place(stream: BinaryIO, target: Path, limit: int, *, expected: str) -> str:
    """Write a stream to its place in one step, unless its hash is not the expected one."""
    hasher = hashlib.sha256()
    with _temporary(target.parent) as (temporary, output):
        size = 0
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise OSError(f"more than {limit} bytes")
            hasher.update(chunk)
            output.write(chunk)
        output.flush()
        os.fsync(output.fileno())
        if hasher.hexdigest() == expected:
            temporary.replace(target)
    return hasher.hexdigest()


@contextlib.contextmanager
def _temporary(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(prefix=".expanding-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as output:
            yield Path(name), output
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()


def _remove_others(folder: Path, name: str, keep: Path) -> None:
    """Remove expansions of earlier builds; who has one mapped keeps it."""
    for old in folder.glob(f"{name}-*.mmdb"):
        if old != keep:
            with contextlib.suppress(OSError):
                old.unlink()
