"""Reading the record, beside the daemon that writes it or without one."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from strandwatch.core.command import FileRecord, FlowRecord, LossRecord, ProcessRecord
from strandwatch.domain.alert import Alert, AlertState, Handling
from strandwatch.domain.encoding import from_plain
from strandwatch.domain.observation import AlertRemembered, TransferRemembered
from strandwatch.domain.transfer import Transfer
from strandwatch.errors import EncodingError, StoreError
from strandwatch.store.files import connect_read_only
from strandwatch.store.grouping import Group, grouped
from strandwatch.store.query import EVERYTHING, Query, in_network, matches, order, where
from strandwatch.store.schema import CURRENT, SERIES, check_version
from strandwatch.store.views import VIEWS, Answer, ask, make_views, selection

_T = TypeVar("_T")

_TABLES: dict[type, str] = {
    Alert: "alerts",
    Transfer: "transfers",
    FlowRecord: "flows",
    FileRecord: "files",
    ProcessRecord: "processes",
    LossRecord: "losses",
}


class Reader:
    """Answers questions about what has been recorded; changes nothing. A context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect_read_only(path)
        self._has_views = False
        try:
            check_version(self._connection)
        except StoreError:
            self._connection.close()
            raise
        self._connection.create_function("in_network", 2, in_network, deterministic=True)
        self._connection.create_function("matches", 2, matches, deterministic=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file; safe twice."""
        self._connection.close()

    def alerts(self, query: Query = EVERYTHING) -> Iterator[Alert]:
        """Give alerts as they stand now."""
        return self._found(Alert, "alerts", query)

    def transfers(self, query: Query = EVERYTHING) -> Iterator[Transfer]:
        """Give transfers."""
        return self._found(Transfer, "transfers", query)

    def flows(self, query: Query = EVERYTHING) -> Iterator[FlowRecord]:
        """Give flows."""
        return self._found(FlowRecord, "flows", query)

    def files(self, query: Query = EVERYTHING) -> Iterator[FileRecord]:
        """Give genomic and unidentified files."""
        return self._found(FileRecord, "files", query)

    def processes(self, query: Query = EVERYTHING) -> Iterator[ProcessRecord]:
        """Give processes that took part."""
        return self._found(ProcessRecord, "processes", query)

    def losses(self, query: Query = EVERYTHING) -> Iterator[LossRecord]:
        """Give what was not seen."""
        return self._found(LossRecord, "losses", query)

    def count(self, table: str, query: Query = EVERYTHING) -> int:
        """Give how many records of a table match, whatever the query's limit."""
        condition, values = where(table, query)
        statement = f"SELECT count(*) FROM {table} WHERE {condition}"  # noqa: S608 own names
        (number,) = next(self._rows(statement, values))
        return int(number)

    def grouped(
        self, table: str, keys: Sequence[str], query: Query = EVERYTHING
    ) -> Iterator[Group]:
        """Give sums by these keys; see `store.grouping`."""
        try:
            yield from grouped(self._connection, table, keys, query)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self._path}: cannot be read: {error}") from error

    def last_seq(self) -> int:
        """Give the number of the last record written: where following begins."""
        ((number,),) = self._rows("SELECT coalesce(max(seq), 0) FROM chain", ())
        return int(number)

    def newer(
        self, kind: type[_T], after_seq: int, query: Query = EVERYTHING
    ) -> Iterator[tuple[int, _T]]:
        """Give records of a kind that were written after a number, with their own, the first first.

        A record that was written several times since comes once, as it is now.
        """
        table = _TABLES[kind]
        condition, values = where(table, query)
        statement = f"SELECT seq, json FROM {table} WHERE seq > ? AND {condition} ORDER BY seq"  # noqa: S608 own names
        for seq, text in self._rows(statement, (after_seq, *values)):
            yield int(seq), self._value(kind, text)

    def sql(self, statement: str) -> Answer:
        """Answer a question in SQL over the views of `store.views`; nothing can be changed."""
        if not self._has_views:
            make_views(self._connection)
            self._has_views = True
        return ask(self._connection, statement)

    def rows(self, table: str, query: Query = EVERYTHING) -> Answer:
        """Give the records that match in the columns of the table's view."""
        condition, values = where(table, query)
        self._connection.text_factory = lambda text: text.decode("utf-8", "replace")
        statement = f"{selection(table)} WHERE {condition}" + order(table, query)
        names = (*VIEWS[table][1], "record")
        return Answer(names, self._rows(statement, values))

    def alert(self, alert_id: str) -> Alert | None:
        """Give one alert, by its id or the beginning of it when that names one only."""
        statement = "SELECT json FROM alerts WHERE substr(key, 1, length(?1)) = ?1 LIMIT 2"
        rows = list(self._rows(statement, (alert_id,)))
        return self._value(Alert, rows[0][0]) if len(rows) == 1 else None

    def alert_series(self, alert_id: str) -> Iterator[Alert]:
        """Give every recorded state of an alert, the first first."""
        statement = "SELECT json FROM alert_series WHERE key = ? ORDER BY seq"
        return (self._value(Alert, text) for (text,) in self._rows(statement, (alert_id,)))

    def transfer(self, transfer_id: str) -> Transfer | None:
        """Give one transfer by its id."""
        statement = "SELECT json FROM transfers WHERE key = ?"
        row = next(self._rows(statement, (transfer_id,)), None)
        return None if row is None else self._value(Transfer, row[0])

    def evidence(self, kind: str, key: str) -> Iterator[tuple[int, str, str, str | None]]:
        """Give number, hash, link and JSON of every record of a kind and key, the first first.

        Of a record that a later version has replaced the hash is left, and no JSON.
        """
        tables = [one[kind] for one in (CURRENT, SERIES) if kind in one]
        kept: dict[int, str] = {}
        for table in tables:
            statement = f"SELECT seq, json FROM {table} WHERE key = ?"  # noqa: S608 own names
            kept.update((int(seq), str(text)) for seq, text in self._rows(statement, (key,)))
        statement = """SELECT seq, lower(hex(hash)), lower(hex(link)) FROM chain
            WHERE kind = ? AND key = ? ORDER BY seq"""
        for seq, record_hash, link in self._rows(statement, (kind, key)):
            yield int(seq), str(record_hash), str(link), kept.get(int(seq))

    def handlings(self, alert_id: str) -> Iterator[Handling]:
        """Give what people did about an alert, the first first."""
        statement = "SELECT json FROM handlings WHERE key = ? ORDER BY seq"
        return (self._value(Handling, text) for (text,) in self._rows(statement, (alert_id,)))

    def remembered(self, since_ns: int = 0) -> Iterator[AlertRemembered | TransferRemembered]:
        """Give what a starting engine must know: alerts not closed, then transfers since a moment.

        Transfers that ended are among them: their persons count for the whole window of a regime.
        """
        states = (AlertState.OPEN.value, AlertState.ACKNOWLEDGED.value)
        for alert in reversed(list(self.alerts(Query(states=states)))):
            yield AlertRemembered(at_ns=alert.updated_ns, alert=alert)
        for transfer in self.transfers_since(since_ns):
            yield TransferRemembered(at_ns=transfer.updated_ns, transfer=transfer)

    def transfers_since(self, since_ns: int) -> Iterator[Transfer]:
        """Give the transfers that went on at a moment or later, the first first."""
        statement = "SELECT json FROM transfers WHERE updated_ns >= ? ORDER BY updated_ns, seq"
        return (self._value(Transfer, text) for (text,) in self._rows(statement, (since_ns,)))

    def _found(self, kind: type[_T], table: str, query: Query) -> Iterator[_T]:
        condition, values = where(table, query)
        statement = f"SELECT json FROM {table} WHERE {condition}"  # noqa: S608 own names
        rows = self._rows(statement + order(table, query), values)
        return (self._value(kind, text) for (text,) in rows)

    def _rows(self, statement: str, values: tuple[object, ...]) -> Iterator[tuple[str | int, ...]]:
        try:
            yield from self._connection.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self._path}: cannot be read: {error}") from error

    def _value(self, kind: type[_T], text: object) -> _T:
        try:
            return from_plain(kind, json.loads(str(text)))
        except (EncodingError, ValueError) as error:
            raise StoreError(f"{self._path}: a record is damaged: {error}") from error
