"""Verifying the record: every link, every kept content, nothing missing, nothing put in.

It needs the file alone, so a copy can be verified on another machine.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from strandwatch.domain.encoding import from_plain
from strandwatch.errors import EncodingError, StoreError
from strandwatch.store.anchor import Anchor, is_genuine
from strandwatch.store.chain import GENESIS, content_hash, link_after
from strandwatch.store.files import connect_read_only
from strandwatch.store.schema import CURRENT, SERIES, check_version

Progress = Callable[[int, int], None]
"""Told how many of how many links are checked."""

_STEP = 10_000
_ALSO_IN_SERIES = "alerts"
"""Alerts as they stand repeat the last record of their series."""
_KEPT = """NOT EXISTS (SELECT 1 FROM temp.deleted AS d
    WHERE d.kind = c.kind AND d.key = c.key AND d.seq >= c.seq)"""
"""No version of the link's record from then on was deleted by policy."""


class Flaw(StrEnum):
    """What is wrong with a record."""

    LINK_BROKEN = "link_broken"
    """Its link does not follow from the links before: it, or one before it, was changed."""
    LINK_MISSING = "link_missing"
    """The chain has a hole or another order here."""
    ALTERED = "altered"
    """Its content is not what the chain holds the hash of."""
    INSERTED = "inserted"
    """The chain does not know it."""
    MISSING = "missing"
    """The chain knows it, and it is gone."""
    NOT_ANCHORED = "not_anchored"
    """An anchor names another link at this place, or one that is not there any more."""
    ROLLED_BACK = "rolled_back"
    """A newer version of it was there, and an older one has been put back."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The first record that is not as it was written."""

    seq: int
    kind: str
    key: str
    flaw: Flaw


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found."""

    links: int
    """Records that were ever written."""
    contents: int
    """Records whose content is kept; the others were replaced by newer versions."""
    content_bytes: int
    head: bytes
    """The last link: equal heads mean equal records."""
    anchors: int
    """Signed anchors that fit, those given with the question included."""
    deleted: int
    """Records deleted by policy, of which the chain keeps the hash."""
    problem: Problem | None


def verify(
    path: Path,
    progress: Progress = lambda _done, _all: None,
    *,
    noted: Sequence[Anchor] = (),
) -> Verification:
    """Check the whole record; names the first bad, missing or reordered one.

    What was cut off at the end, or written anew from some place on by who has the key, is seen only
    by anchors that were `noted` elsewhere.
    """
    connection = connect_read_only(path)
    try:
        check_version(connection)
        _note_deletions(connection)
        # One transaction: the daemon may go on writing meanwhile.
        connection.execute("BEGIN")
        return _verified(connection, progress, noted)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: cannot be read: {error}") from error
    finally:
        connection.close()


def head_of(path: Path) -> tuple[int, bytes]:
    """Give the number of the last link and the link itself."""
    connection = connect_read_only(path)
    try:
        check_version(connection)
        row = connection.execute("SELECT seq, link FROM chain ORDER BY seq DESC LIMIT 1").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: cannot be read: {error}") from error
    finally:
        connection.close()
    return (0, GENESIS) if row is None else (row[0], row[1])


def _verified(
    connection: sqlite3.Connection, progress: Progress, noted: Sequence[Anchor]
) -> Verification:
    links, head, broken = _check_links(connection, progress)
    contents = content_bytes = 0
    problems = [broken] if broken is not None else []
    for kind, table in _tables():
        count, size, problem = _check_contents(connection, kind, table)
        if table != _ALSO_IN_SERIES:
            contents += count
            content_bytes += size
        problems += [found for found in (problem, _missing(connection, kind, table)) if found]
    fitting, unfit = _check_anchors(connection, noted)
    problems += unfit
    first = min(problems, key=lambda problem: problem.seq, default=None)
    return Verification(links, contents, content_bytes, head, fitting, _deleted(connection), first)


def _tables() -> Iterator[tuple[str, str]]:
    yield from CURRENT.items()
    yield from SERIES.items()


def _check_links(
    connection: sqlite3.Connection, progress: Progress
) -> tuple[int, bytes, Problem | None]:
    (total,) = connection.execute("SELECT count(*) FROM chain").fetchone()
    previous, expected = GENESIS, 1
    for seq, kind, key, record_hash, link in connection.execute(
        "SELECT seq, kind, key, hash, link FROM chain ORDER BY seq"
    ):
        if seq != expected:
            return total, previous, Problem(expected, kind, key, Flaw.LINK_MISSING)
        if link != link_after(previous, seq, kind, key, record_hash):
            return total, previous, Problem(seq, kind, key, Flaw.LINK_BROKEN)
        previous, expected = link, seq + 1
        if seq % _STEP == 0:
            progress(seq, total)
    progress(total, total)
    return total, previous, None


def _check_contents(
    connection: sqlite3.Connection, kind: str, table: str
) -> tuple[int, int, Problem | None]:
    """Hash every content of a table; give how many, how long they are, and the first bad one.

    Rows come in the table's own order, which spares sorting them: all are looked at.
    """
    count = size = 0
    first: Problem | None = None
    rows = connection.execute(
        f"SELECT t.seq, t.key, CAST(t.json AS BLOB), c.kind, c.key, c.hash FROM {table} AS t "  # noqa: S608 own names
        "LEFT JOIN chain AS c ON c.seq = t.seq"
    )
    for seq, key, content, chained_kind, chained_key, record_hash in rows:
        count += 1
        size += len(content)
        if chained_key != key or chained_kind != kind:
            flaw = Flaw.INSERTED
        elif content_hash(content) != record_hash:
            flaw = Flaw.ALTERED
        else:
            continue
        if first is None or seq < first.seq:
            first = Problem(seq, kind, key, flaw)
    return count, size, first


def _check_anchors(
    connection: sqlite3.Connection, noted: Sequence[Anchor]
) -> tuple[int, list[Problem]]:
    """Compare every anchor with the chain; give how many fit, and the others."""
    problems = []
    fitting = 0
    for anchor in (*_kept_anchors(connection), *noted):
        row = connection.execute("SELECT link FROM chain WHERE seq = ?", (anchor.seq,)).fetchone()
        link = GENESIS if anchor.seq == 0 else (row and row[0])
        if link is not None and link.hex() == anchor.link and is_genuine(anchor):
            fitting += 1
        else:
            problems.append(Problem(anchor.seq, "anchor", anchor.day, Flaw.NOT_ANCHORED))
    return fitting, problems


def _kept_anchors(connection: sqlite3.Connection) -> Iterator[Anchor]:
    for (text,) in connection.execute("SELECT json FROM anchors ORDER BY seq"):
        try:
            yield from_plain(Anchor, json.loads(text))
        except (EncodingError, ValueError):
            # Its content was altered, which the chain itself has told.
            continue


def _note_deletions(connection: sqlite3.Connection) -> None:
    """Note for this connection which links' records were deleted by policy."""
    connection.execute(
        "CREATE TEMP TABLE deleted (kind TEXT, key TEXT, seq INTEGER, PRIMARY KEY (kind, key, seq))"
    )
    connection.execute(
        "INSERT OR IGNORE INTO deleted SELECT c.kind, c.key, c.seq FROM main.deletions AS d, "
        "json_each(d.json, '$.spans') AS span "
        "JOIN main.chain AS c ON c.seq BETWEEN span.value ->> 0 AND span.value ->> 1 "
        "WHERE c.kind = d.json ->> '$.kind'"
    )


def _deleted(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM temp.deleted").fetchone()
    return int(count)


def _missing(connection: sqlite3.Connection, kind: str, table: str) -> Problem | None:
    """Find the first link whose record is neither kept nor replaced nor deleted by policy."""
    if table in CURRENT.values():
        gone, older = (
            f"NOT EXISTS (SELECT 1 FROM {table} AS t WHERE t.key = c.key) AND {_KEPT}",  # noqa: S608 own names
            f"EXISTS (SELECT 1 FROM {table} AS t WHERE t.key = c.key AND t.seq < c.seq)",  # noqa: S608
        )
    else:
        gone, older = (
            f"NOT EXISTS (SELECT 1 FROM {table} AS t WHERE t.seq = c.seq)",  # noqa: S608 own names
            "0",
        )
    row = connection.execute(
        f"SELECT c.seq, c.key, {older} FROM chain AS c "  # noqa: S608 own names
        f"WHERE c.kind = ? AND (({gone}) OR {older}) ORDER BY c.seq LIMIT 1",
        (kind,),
    ).fetchone()
    if row is None:
        return None
    return Problem(row[0], kind, row[1], Flaw.ROLLED_BACK if row[2] else Flaw.MISSING)
