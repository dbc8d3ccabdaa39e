"""Updating: fetches or imports databases, checks them, and puts them in use in one step.

Nothing here runs unless the operator asks: the agent itself makes no connection.
"""

import gzip
import lzma
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, BinaryIO

import maxminddb
import structlog

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.acceptance import Reference, accept
from strandwatch.jurisdiction.databases import DatabaseFile, DatabaseKind, digest_of
from strandwatch.jurisdiction.embedded import LARGEST_DATABASE_BYTES, EmbeddedFile
from strandwatch.jurisdiction.fetch import Download, Fetched, NotThereError, Secret, download
from strandwatch.jurisdiction.library import Holding, Library

log = structlog.get_logger()

_CHUNK = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")


class Provider(StrEnum):
    """Where databases may be fetched from."""

    MAXMIND = "maxmind"
    DBIP = "dbip"
    IPINFO = "ipinfo"


_SERVERS = {
    Provider.MAXMIND: "https://download.maxmind.com",
    Provider.DBIP: "https://download.db-ip.com",
    Provider.IPINFO: "https://ipinfo.io",
}
_KINDS = {
    Provider.MAXMIND: DatabaseKind.MAXMIND,
    Provider.DBIP: DatabaseKind.COUNTRY,
    Provider.IPINFO: DatabaseKind.PRIMARY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One database that the operator wants kept up to date."""

    provider: Provider
    edition: str = ""
    """A MaxMind edition, such as GeoLite2-Country."""
    account: str | None = None
    secret: Secret | None = None
    """The licence key or token."""
    server: str | None = None
    """Another server than the provider's own."""

    @property
    def name(self) -> str:
        """Give the name under which its database is kept."""
        named = {Provider.DBIP: "dbip-country", Provider.IPINFO: "ipinfo_lite"}
        return named.get(self.provider, self.edition)


class UpdateStatus(StrEnum):
    """How an update ended, when it did not fail."""

    INSTALLED = "installed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Updated:
    """The outcome of one update or import."""

    name: str
    status: UpdateStatus
    build: str


class Updater:
    """Puts new databases into a library; embedded ones serve as the first reference."""

    def __init__(self, library: Library, embedded: Mapping[str, EmbeddedFile]) -> None:
        self._library = library
        self._embedded = embedded

    def update(self, subscription: Subscription, now_ns: int) -> Updated:
        """Fetch one database and take it when it passes; raises JurisdictionError otherwise.

        Whatever goes wrong, what was in use stays in use.
        """
        name = subscription.name
        with self._library.changing() as scratch:
            self._library.prune(now_ns)
            shelf = self._library.shelves().get(name)
            since = None if shelf is None else shelf.current.last_modified
            packed = scratch / "packed"
            origin, answer = _fetch(subscription, since, packed, now_ns)
            if answer is None and shelf is not None:
                return _unchanged(shelf.current)
            if answer is None:
                raise JurisdictionError(f"{origin}: the server sent nothing (304)")
            plain = scratch / "plain"
            _unpack(packed, plain, origin)
            kind = _KINDS[subscription.provider]
            return self._take(name, kind, plain, origin, answer.last_modified, now_ns)

    def import_file(
        self, path: Path, now_ns: int, *, name: str | None = None, sha256: str | None = None
    ) -> Updated:
        """Take a file that somebody brought, packed or not; raises JurisdictionError otherwise."""
        with self._library.changing() as scratch:
            self._library.prune(now_ns)
            plain = scratch / "plain"
            _unpack(path, plain, path.name)
            if sha256 is not None and sha256.lower() not in (digest_of(plain), _digest(path)):
                raise JurisdictionError(f"{path.name}: its SHA-256 is not the one given")
            known, kind = _series(plain, name)
            return self._take(known, kind, plain, f"file {path.name}", None, now_ns)

    def _take(
        self,
        name: str,
        kind: DatabaseKind,
        plain: Path,
        origin: str,
        last_modified: str | None,
        now_ns: int,
    ) -> Updated:
        if _NAME.fullmatch(name) is None:
            raise JurisdictionError(f"{_safe(name)!r} cannot be a database's name")
        sha256 = digest_of(plain)
        shelf = self._library.shelves().get(name)
        if shelf is not None and shelf.current.sha256 == sha256:
            return _unchanged(shelf.current)
        accepted = accept(
            DatabaseFile(name, kind, plain, sha256), self._reference(name, kind), now_ns
        )
        holding = Holding(
            name=name,
            kind=kind,
            file=f"{name}-{sha256[:16]}.mmdb",
            sha256=sha256,
            build_ns=accepted.database.build_ns,
            size_bytes=plain.stat().st_size,
            installed_ns=now_ns,
            origin=origin,
            last_modified=last_modified,
            census=accepted.census,
        )
        self._library.install(holding, plain)
        log.info("address_database_installed", database=name, build=accepted.database.build_date)
        return Updated(name, UpdateStatus.INSTALLED, accepted.database.build_date)

    def _reference(self, name: str, kind: DatabaseKind) -> Reference | None:
        """Give what the candidate is measured against: its own series, else the primary's."""
        shelf = self._library.shelves().get(name)
        if shelf is not None:
            holding = shelf.current
            return Reference(
                build_ns=holding.build_ns,
                size_bytes=holding.size_bytes,
                census=holding.census,
                same_series=True,
            )
        row = self._embedded.get(name)
        # DB-IP's own file is built another way than the embedded one: only its shares compare.
        if row is not None:
            return Reference(
                build_ns=row.build_ns,
                size_bytes=row.size_bytes,
                census=row.census,
                same_series=kind is DatabaseKind.PRIMARY,
            )
        for other in self._embedded.values():
            if other.kind is DatabaseKind.PRIMARY:
                return Reference(
                    build_ns=other.build_ns,
                    size_bytes=other.size_bytes,
                    census=other.census,
                    same_series=False,
                )
        return None


def _unchanged(holding: Holding) -> Updated:
    day = datetime.fromtimestamp(holding.build_ns // 10**9, UTC).date().isoformat()
    return Updated(holding.name, UpdateStatus.UNCHANGED, day)


def _fetch(
    subscription: Subscription, since: str | None, packed: Path, now_ns: int
) -> tuple[str, Fetched | None]:
    """Try a subscription's addresses in turn: a month may not be published yet."""
    last: NotThereError | None = None
    for what in _downloads(subscription, since, now_ns):
        with packed.open("wb") as output:
            try:
                return what.url, download(what, output)
            except NotThereError as error:
                last = error
    raise last or JurisdictionError(f"{subscription.name}: nowhere to fetch it from")


def _downloads(subscription: Subscription, since: str | None, now_ns: int) -> Iterator[Download]:
    server = subscription.server or _SERVERS[subscription.provider]
    if subscription.provider is Provider.DBIP:
        for month in _months(now_ns):
            url = f"{server}/free/dbip-country-lite-{month}.mmdb.gz"
            yield Download(url=url, unless_newer_than=since)
        return
    if subscription.secret is None:
        raise JurisdictionError(f"{subscription.name}: a key or token is needed")
    if subscription.provider is Provider.IPINFO:
        url, query = f"{server}/data/ipinfo_lite.mmdb", {"token": subscription.secret}
        yield Download(url=url, query=query, unless_newer_than=since)
        return
    yield Download(
        url=f"{server}/geoip/databases/{subscription.edition}/download",
        query={"suffix": "tar.gz"},
        account=subscription.account or "",
        key=subscription.secret,
        unless_newer_than=since,
    )


def _months(now_ns: int) -> tuple[str, str]:
    today = datetime.fromtimestamp(now_ns // 10**9, UTC).date()
    before = today.replace(day=1) - timedelta(days=1)
    return f"{today:%Y-%m}", f"{before:%Y-%m}"


def _unpack(packed: Path, plain: Path, origin: str) -> None:
    """Unpack gzip, xz, or the one database in a tar.gz; anything else is taken as it is."""
    try:
        with packed.open("rb") as stream, plain.open("wb") as output:
            start = stream.read(6)
            stream.seek(0)
            if start.startswith(b"\x1f\x8b"):
                _unpack_gzip(stream, output)
            elif start == b"\xfd7zXZ\x00":
                with lzma.open(stream) as inner:
                    _copy(inner, output)
            else:
                _copy(stream, output)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError) as error:
        raise JurisdictionError(f"{origin}: cannot be unpacked: {_words(error)}") from error


def _unpack_gzip(stream: BinaryIO, output: BinaryIO) -> None:
    with gzip.open(stream) as inner:
        is_tar = inner.read(512)[257:262] == b"ustar"
        inner.seek(0)
        if not is_tar:
            _copy(inner, output)
            return
        with tarfile.open(fileobj=inner, mode="r|") as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".mmdb"):
                    content = archive.extractfile(member)
                    if content is not None:
                        _copy(content, output)
                        break
            else:
                raise tarfile.TarError("it holds no .mmdb file")
        shutil.copyfileobj(inner, _Nowhere())


class _Nowhere:
    """Takes bytes: reading to the end makes gzip compare its checksum."""

    def write(self, content: bytes) -> int:
        """Forget the bytes."""
        return len(content)


def _copy(source: IO[bytes] | gzip.GzipFile | lzma.LZMAFile, output: BinaryIO) -> None:
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > LARGEST_DATABASE_BYTES:
            raise OSError("it unpacks to more than 1 GiB")
        output.write(chunk)


def _series(plain: Path, name: str | None) -> tuple[str, DatabaseKind]:
    """Say which series an imported file belongs to, by its type or by the name given."""
    named = {
        "ipinfo_lite": DatabaseKind.PRIMARY,
        "dbip-country": DatabaseKind.COUNTRY,
        "iptoasn-country": DatabaseKind.REGISTRATION,
    }
    if name is not None and name in named:
        return name, named[name]
    database_type = _type_of(plain)
    if database_type.startswith(("GeoLite2-", "GeoIP2-")):
        return name or _safe(database_type), DatabaseKind.MAXMIND
    if database_type.startswith("ipinfo"):
        return "ipinfo_lite", DatabaseKind.PRIMARY
    if database_type.startswith("DBIP-Country"):
        return "dbip-country", DatabaseKind.COUNTRY
    raise JurisdictionError(
        f"its type {_safe(database_type)!r} does not tell which database it is: name it as one of "
        + ", ".join(sorted(named))
    )


def _type_of(path: Path) -> str:
    try:
        with maxminddb.open_database(path, maxminddb.MODE_AUTO) as reader:
            return reader.metadata().database_type
    except (maxminddb.InvalidDatabaseError, OSError, ValueError) as error:
        raise JurisdictionError("it is cut off, damaged, or no MaxMind database") from error


def _safe(text: str) -> str:
    return "".join(c for c in text[:60] if c.isascii() and (c.isalnum() or c in "-_ ."))


def _digest(path: Path) -> str:
    try:
        return digest_of(path)
    except OSError:
        return ""


def _words(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:160] or type(error).__name__
