"""Printing records: a calm table for people, JSON lines and CSV for programs."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strandwatch.sinks.wording import printable, shortened

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.measure import Measurement
    from rich.table import Table

JsonObject = dict[str, Any]


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: which value, and how a person sees it."""

    key: str
    """The CSV heading, and the place in the record unless `value` says otherwise: `flow.source`."""
    title: str
    value: Callable[[JsonObject], Any] | None = None
    show: Callable[[Any], str] = _as_text
    style: Callable[[JsonObject], str] | None = None
    right: bool = False
    from_width: int = 0
    """Left out of tables on terminals narrower than this."""
    in_middle: bool = False
    """May be cut in its middle where space is short."""
    wraps: bool = False
    """May go on in the next line: for sentences."""

    def of(self, record: JsonObject) -> Any:
        """Give the record's value in this column."""
        return at(record, self.key) if self.value is None else self.value(record)


def at(record: Any, key: str) -> Any:
    """Give the value at a dotted place; None where a part is missing or null."""
    for part in key.split("."):
        if not isinstance(record, dict):
            return None
        record = record.get(part)
    return record


def print_records(
    records: Iterable[JsonObject],
    form: str,
    columns: Sequence[Column],
    *,
    empty: str,
    heading: bool = True,
) -> int:
    """Print records in the form asked for and give their number; without any, say so aside."""
    counted = _Counted(records)
    if form == "json":
        for record in counted:
            sys.stdout.write(json.dumps(record) + "\n")
    elif form == "csv":
        _print_csv(counted, columns, heading=heading)
    else:
        _print_table(counted, columns, heading=heading)
        if not counted.number:
            print(empty, file=sys.stderr)
    return counted.number


class _Counted:
    """Records on their way, counted."""

    def __init__(self, records: Iterable[JsonObject]) -> None:
        self._records = records
        self.number = 0

    def __iter__(self) -> Iterator[JsonObject]:
        for record in self._records:
            self.number += 1
            yield record


def _print_csv(records: Iterable[JsonObject], columns: Sequence[Column], *, heading: bool) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if heading:
        writer.writerow([column.key for column in columns])
    for record in records:
        writer.writerow([_cell(column.of(record)) for column in columns])


def _cell(value: Any) -> object:
    """Give a value for CSV; text that a spreadsheet would take for a formula gets a quote."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        value = ";".join(map(str, value))
    text = printable(str(value))
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def quiet_logs() -> None:
    """Keep the library's log out of a command's way: errors only, aside."""
    import logging

    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def _print_table(
    records: Iterable[JsonObject], columns: Sequence[Column], *, heading: bool
) -> None:
    from strandwatch.sinks.terminal import console, show

    out = console(sys.stdout)
    table = rich_table(records, columns, width=out.width)
    table.show_header = heading
    if table.row_count:
        show(out, table)


def rich_table(records: Iterable[JsonObject], columns: Sequence[Column], *, width: int) -> "Table":
    """Give a table of the columns that this width has room for."""
    from rich.table import Table

    chosen = [column for column in columns if column.from_width <= width]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in chosen:
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=not (column.in_middle or column.wraps),
        )
    for record in records:
        table.add_row(*(_shown(column, record) for column in chosen))
    return table


def _shown(column: Column, record: JsonObject) -> Any:
    from rich.text import Text

    text = printable(column.show(column.of(record)))
    style = column.style(record) if column.style else ""
    return MiddleCut(text, style) if column.in_middle else Text(text, style=style)


class MiddleCut:
    """Text that loses its middle, not its end, when there is too little room."""

    def __init__(self, text: str, style: str = "") -> None:
        self._text = text
        self._style = style

    def __rich_console__(self, _console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Give as much as fits."""
        from rich.text import Text

        yield Text(shortened(self._text, options.max_width), style=self._style)

    def __rich_measure__(self, _console: "Console", options: "ConsoleOptions") -> "Measurement":
        """Say how narrow and how wide it may be."""
        from rich.measure import Measurement

        wanted = min(len(self._text), options.max_width)
        return Measurement(min(wanted, 12), wanted)
