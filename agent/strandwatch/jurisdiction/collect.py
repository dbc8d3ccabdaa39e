"""Collecting: finds and opens the databases that a resolver asks, in the order of trust."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import structlog

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.databases import (
    Database,
    DatabaseFile,
    DatabaseKind,
    open_database,
)
from strandwatch.jurisdiction.embedded import (
    EmbeddedFile,
    adopt,
    expand,
    expanded,
    read_manifest,
)
from strandwatch.jurisdiction.library import Library, Shelf
from strandwatch.jurisdiction.state import Missing

log = structlog.get_logger()

_T = TypeVar("_T")
_LIBRARY = "fetched"


def library_in(cache_directory: Path) -> Library:
    """Give the library of fetched databases that belongs to a cache directory."""
    return Library(cache_directory / _LIBRARY)


@dataclass(slots=True)
class Collection:
    """The databases that could be opened, and what could not."""

    databases: list[Database]
    missing: list[Missing]

    def attempt(self, make: Callable[[], _T], name: str) -> _T | None:
        """Make something, or note by name that it is missing."""
        try:
            return make()
        except JurisdictionError as error:
            log.error("address_data_unusable", name=name, error=str(error))
            self.missing.append(Missing(name, str(error)))
            return None

    def add(self, place: Callable[[], DatabaseFile], name: str) -> None:
        """Open one more database."""
        database = self.attempt(lambda: open_database(place()), name)
        if database is not None:
            self.databases.append(database)


def collect(
    cache_directory: Path | None,
    operators: Sequence[tuple[DatabaseKind, Path]],
    folder: Traversable,
    *,
    replace_embedded: bool,
    writable: bool = True,
) -> Collection:
    """Open operators' databases first, then fetched ones, then the embedded ones in `folder`."""
    collection = Collection([], [])
    with _cache(cache_directory, writable=writable) as cache:
        for kind, path in sorted(operators, key=_trust):
            collection.add(partial(adopt, kind, path, cache), path.name)
        if replace_embedded:
            return collection
        library = library_in(cache_directory or cache)
        shelves = collection.attempt(library.shelves, "fetched databases") or {}
        for name, shelf in shelves.items():
            if shelf.current.kind is DatabaseKind.MAXMIND:
                collection.add(partial(_fetched_file, library, shelf), name)
        rows = collection.attempt(partial(read_manifest, folder), "MANIFEST.json") or ()
        for row in rows:
            if _add_fetched(collection, row, library, shelves.get(row.name)):
                continue
            known = cache if cache_directory is None else cache_directory
            collection.add(partial(_embedded_file, row, folder, known, cache), row.name)
    return collection


def _trust(row: tuple[DatabaseKind, Path]) -> bool:
    return row[0] is not DatabaseKind.OVERRIDE


def _add_fetched(
    collection: Collection, row: EmbeddedFile, library: Library, shelf: Shelf | None
) -> bool:
    """Open the fetched database of an embedded one's name, where there is a newer one."""
    if shelf is None or shelf.current.build_ns < row.build_ns:
        return False
    try:
        collection.databases.append(open_database(_fetched_file(library, shelf)))
    except JurisdictionError as error:
        log.error("fetched_database_unusable", name=row.name, error=str(error))
        return False
    return True


def _embedded_file(
    row: EmbeddedFile, folder: Traversable, known: Path, scratch: Path
) -> DatabaseFile:
    """Give an expansion that is there already, else make one."""
    return expanded(row, known) or expand(row, folder, scratch)


def _fetched_file(library: Library, shelf: Shelf) -> DatabaseFile:
    """Give the file in use, or the one before it when it is damaged."""
    try:
        return library.file_of(shelf.current)
    except JurisdictionError as error:
        if shelf.previous is None:
            raise
        log.error("fetched_database_unusable", name=shelf.current.name, error=str(error))
        return library.file_of(shelf.previous)


@contextlib.contextmanager
def _cache(directory: Path | None, *, writable: bool) -> Iterator[Path]:
    if directory is not None and writable:
        yield directory
        return
    with tempfile.TemporaryDirectory(prefix="strandwatch-") as temporary:
        yield Path(temporary)
