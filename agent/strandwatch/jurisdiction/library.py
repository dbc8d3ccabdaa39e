"""Library: the databases that were fetched or imported, each with the one before it."""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.census import Census, census_from_plain, census_to_plain
from strandwatch.jurisdiction.databases import DatabaseFile, DatabaseKind, digest_of

INDEX = "installed.json"
_DAY_NS = 86_400 * 10**9
_GEOLITE_DAYS = 29
"""The GeoLite2 licence wants superseded files destroyed within 30 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A database in the library."""

    name: str
    kind: DatabaseKind
    file: str
    sha256: str
    build_ns: int
    size_bytes: int
    installed_ns: int
    origin: str
    """Where it came from, without any secret."""
    last_modified: str | None
    census: Census


@dataclass(frozen=True, slots=True)
class Shelf:
    """A database's place: what is in use, and what was before."""

    current: Holding
    previous: Holding | None


class Library:
    """A directory of databases under content names, with an index that changes in one step."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def index(self) -> Path:
        """Give the index file, by whose change a running agent learns of a new database."""
        return self.directory / INDEX

    def shelves(self) -> dict[str, Shelf]:
        """Give all shelves by name; raises JurisdictionError for an index that cannot be read."""
        try:
            rows = json.loads(self.index.read_text(encoding="utf-8"))["databases"]
            return {row["current"]["name"]: _shelf(row) for row in rows}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise JurisdictionError(f"the index of fetched databases: {error!r}") from error

    def file_of(self, holding: Holding) -> DatabaseFile:
        """Give a holding's file, checked; raises JurisdictionError when it is not intact."""
        path = self.directory / holding.file
        try:
            intact = digest_of(path) == holding.sha256
        except OSError as error:
            raise JurisdictionError(f"fetched database {holding.name}: {error.strerror}") from error
        if not intact:
            raise JurisdictionError(f"fetched database {holding.name} is damaged")
        return DatabaseFile(holding.name, holding.kind, path, holding.sha256)

    @contextlib.contextmanager
    def changing(self) -> Iterator[Path]:
        """Keep others from changing the library, and lend a scratch directory beside it."""
        try:
            _make(self.directory)
            lock = os.open(self.directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise JurisdictionError(f"{self.directory}: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with tempfile.TemporaryDirectory(prefix=".arriving-", dir=self.directory) as scratch:
                yield Path(scratch)
        finally:
            os.close(lock)

    def install(self, holding: Holding, arrived: Path) -> None:
        """Put a checked file in use and keep the one before; nothing mapped is written to.

        Only inside `changing`.
        """
        shelves = self.shelves()
        before = shelves.get(holding.name)
        keep = None if before is None else before.current
        if keep is not None and keep.sha256 == holding.sha256:
            keep = before.previous if before is not None else None
        shelves[holding.name] = Shelf(holding, keep)
        descriptor = os.open(arrived, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _hand_over(arrived, self.directory)
        arrived.replace(self.directory / holding.file)
        self._write(shelves)

    def prune(self, now_ns: int) -> None:
        """Remove files that are on no shelf, and superseded GeoLite2 files after 29 days."""
        shelves = self.shelves()
        for name, shelf in shelves.items():
            age_days = (now_ns - shelf.current.installed_ns) // _DAY_NS
            if "GeoLite2" in name and age_days >= _GEOLITE_DAYS:
                shelves[name] = Shelf(shelf.current, None)
        self._write(shelves)

    def _write(self, shelves: dict[str, Shelf]) -> None:
        rows = [
            {
                "current": _to_plain(shelf.current),
                "previous": None if shelf.previous is None else _to_plain(shelf.previous),
            }
            for shelf in shelves.values()
        ]
        descriptor, name = tempfile.mkstemp(prefix=".index-", dir=self.directory)
        with os.fdopen(descriptor, "w", encoding="utf-8") as output:
            json.dump({"version": 1, "databases": rows}, output, indent=1)
            output.flush()
            os.fsync(output.fileno())
        _hand_over(Path(name), self.directory)
        Path(name).replace(self.index)
        self._remove_unlisted(shelves)

    def _remove_unlisted(self, shelves: dict[str, Shelf]) -> None:
        kept = {
            holding.file
            for shelf in shelves.values()
            for holding in (shelf.current, shelf.previous)
            if holding is not None
        }
        for path in self.directory.glob("*.mmdb"):
            if path.name not in kept:
                path.unlink(missing_ok=True)


def _make(directory: Path) -> None:
    """Make a directory and those above it, each for the owner of the one it is in."""
    if not directory.is_dir():
        _make(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
        _hand_over(directory, directory.parent)


def _hand_over(path: Path, folder: Path) -> None:
    """Give what root makes to the folder's owner: the agent has to read it and is not root."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _shelf(row: Any) -> Shelf:
    previous = row["previous"]
    return Shelf(_holding(row["current"]), None if previous is None else _holding(previous))


def _holding(row: Any) -> Holding:
    fields = {name: row[name] for name in Holding.__slots__}
    if Path(fields["file"]).name != fields["file"]:
        raise ValueError("a file outside the library")
    kind, census = DatabaseKind(fields["kind"]), census_from_plain(fields["census"])
    return Holding(**{**fields, "kind": kind, "census": census})


def _to_plain(holding: Holding) -> dict[str, object]:
    plain = {name: getattr(holding, name) for name in Holding.__slots__}
    return {**plain, "census": census_to_plain(holding.census)}
