"""Questions to the record: filters as values, and the SQL that they mean."""

import fnmatch
import ipaddress
import json
from collections.abc import Iterator
from dataclasses import dataclass

from strandwatch.errors import UsageError
from strandwatch.store.schema import COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which records; every filter that is given must hold."""

    since_ns: int | None = None
    """Records that were going on at this moment or later."""
    until_ns: int | None = None
    """Records that began before this moment."""
    countries: tuple[str, ...] = ()
    """Codes; one of them among the jurisdictions."""
    entity: str | None = None
    """Part of the name of an entity that controls the destination."""
    users: tuple[str, ...] = ()
    process: str | None = None
    """Name or glob of the executable's last part, or of its whole path when there is a slash."""
    file: str | None = None
    """Path or glob."""
    address: str | None = None
    """Address, network in CIDR notation, or server name (with `*.` for all below)."""
    min_bytes: int | None = None
    states: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    sort: str = "updated"
    limit: int | None = None


EVERYTHING = Query()

Condition = tuple[str, tuple[object, ...]]

SORTS = {
    "updated": "updated_ns",
    "started": "opened_ns",
    "bytes": "sent_bytes",
    "size": "size_bytes",
    "process": "executable",
    "user": "user",
    "address": "address",
    "path": "path",
}
"""What records can be ordered by, and the column."""


def where(table: str, query: Query) -> Condition:
    """Give the WHERE clause of a query; raises UsageError for a filter the table cannot answer."""
    conditions = [*_times(query), *_lists(query), *_ends(query), *_names(table, query)]
    for needed, _, _ in conditions:
        if needed not in COLUMNS[table]:
            raise UsageError(f"{table} cannot be filtered by {_SAID.get(needed, needed)}")
    text = " AND ".join(condition for _, condition, _ in conditions) or "1"
    return text, tuple(value for _, _, values in conditions for value in values)


def order(table: str, query: Query) -> str:
    """Give the ORDER BY and LIMIT of a query: the latest or largest first, names from A."""
    column = SORTS.get(query.sort)
    if column not in COLUMNS[table]:
        known = ", ".join(name for name, column in SORTS.items() if column in COLUMNS[table])
        raise UsageError(f"{table} cannot be sorted by {query.sort}; known: {known}")
    descending = column.endswith(("_ns", "_bytes"))
    text = f" ORDER BY {column} {'DESC' if descending else 'ASC'}, seq DESC"
    return text if query.limit is None else f"{text} LIMIT {int(query.limit)}"


def in_network(address: str | None, network: str) -> bool:
    """Tell whether an address is in a network; the SQL function of this name."""
    try:
        return address is not None and ipaddress.ip_address(address) in _network(network)
    except ValueError:
        return False


def matches(name: bytes | None, pattern: bytes) -> bool:
    """Tell whether a path or its last part matches; the SQL function of this name.

    Both come as bytes: a path need not be Unicode, and SQLite hands on only text that is.
    """
    if name is None:
        return False
    if b"/" not in pattern:
        name = name.rpartition(b"/")[2]
    return fnmatch.fnmatchcase(name, pattern)


_SAID = {
    "countries": "country",
    "controllers": "entity",
    "executable": "process",
    "files": "file",
    "sent_bytes": "bytes",
}
_IN_LIST = " IN (SELECT value FROM json_each(?))"
_AMONG_COUNTRIES = """EXISTS (
    SELECT 1 FROM json_each(countries) AS among
    WHERE among.value IN (SELECT wanted.value FROM json_each(?) AS wanted))"""
_AMONG_FILES = """EXISTS (
    SELECT 1 FROM json_each(files) WHERE matches(CAST(value ->> '$.path' AS BLOB), ?))"""
_Filter = tuple[str, str, tuple[object, ...]]
"""Column that must be there, condition, values."""


def _times(query: Query) -> Iterator[_Filter]:
    if query.since_ns is not None:
        yield "updated_ns", "updated_ns >= ?", (query.since_ns,)
    if query.until_ns is not None:
        yield "opened_ns", "opened_ns < ?", (query.until_ns,)
    if query.min_bytes is not None:
        yield "sent_bytes", "sent_bytes >= ?", (query.min_bytes,)


def _lists(query: Query) -> Iterator[_Filter]:
    rows = (
        ("user", query.users),
        ("state", query.states),
        ("severity", query.severities),
        ("format", query.formats),
    )
    for column, values in rows:
        if values:
            yield column, column + _IN_LIST, (json.dumps(values),)
    if query.countries:
        yield "countries", _AMONG_COUNTRIES, (json.dumps(query.countries),)


def _ends(query: Query) -> Iterator[_Filter]:
    if query.entity is not None:
        yield (
            "controllers",
            "EXISTS (SELECT 1 FROM json_each(controllers) WHERE instr(lower(value), lower(?)))",
            (query.entity,),
        )
    if query.address is None:
        return
    if _is_network(query.address):
        yield "address", "in_network(address, ?)", (query.address,)
    else:
        pattern = query.address.lower()
        yield "server_name", "lower(server_name) GLOB ?", (pattern,)


def _names(table: str, query: Query) -> Iterator[_Filter]:
    if query.process is not None:
        yield "executable", "matches(CAST(executable AS BLOB), ?)", (_bytes(query.process),)
    if query.file is None:
        return
    if "path" in COLUMNS[table]:
        yield "path", "matches(CAST(path AS BLOB), ?)", (_bytes(query.file),)
    else:
        yield "files", _AMONG_FILES, (_bytes(query.file),)


def _bytes(pattern: str) -> bytes:
    return pattern.encode("utf-8", "surrogatepass")


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


def _is_network(text: str) -> bool:
    try:
        _network(text)
    except ValueError:
        return False
    return True
