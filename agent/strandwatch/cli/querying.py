"""Asking the record: the filters that commands share, and printing or counting what they find."""

import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import click

from strandwatch.cli.cells import minute, size
from strandwatch.cli.moments import Moment
from strandwatch.cli.options import (
    config_option,
    format_option,
    read_config,
    state_directory_option,
)
from strandwatch.cli.output import Column, JsonObject, print_records
from strandwatch.config.load import SYSTEM_STATE, store_path
from strandwatch.domain.alert import AlertState, Severity
from strandwatch.domain.contract import rfc3339_or_none
from strandwatch.domain.country import COUNTRY_CODES
from strandwatch.domain.file import FileFormat
from strandwatch.errors import UsageError
from strandwatch.runtime.clock import SystemClock
from strandwatch.store.grouping import Group, keys_of
from strandwatch.store.query import SORTS, Query
from strandwatch.store.reader import Reader
from strandwatch.store.schema import COLUMNS

_Record = TypeVar("_Record")
_Function = TypeVar("_Function", bound=Callable[..., Any])

SHOWN = 100
"""Rows of a table for people, where no limit is given."""
FOLLOW_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of a table."""

    place: Path
    query: Query
    form: str
    limit: int | None = None
    count: bool = False
    group_by: tuple[str, ...] = ()
    follow: bool = False


@dataclass(frozen=True, slots=True)
class Listing(Generic[_Record]):
    """One table of the record: its kind of record, and how those look."""

    table: str
    kind: type[_Record]
    ask: Callable[[Reader, Query], Iterator[_Record]]
    as_json: Callable[[_Record], JsonObject]
    columns: Sequence[Column]

    def answer(self, asked: Asked) -> None:
        """Print the records that match, sums of them, how many they are, or what comes."""
        with Reader(asked.place) as reader:
            if asked.count:
                _print_count(reader.count(self.table, asked.query), asked.form)
            elif asked.group_by:
                self._sum(reader, asked)
            elif asked.follow:
                self._follow(reader, asked)
            else:
                self._list(reader, asked)

    def _list(self, reader: Reader, asked: Asked) -> None:
        limit = SHOWN if asked.limit is None and asked.form == "table" else asked.limit
        found = self.ask(reader, replace(asked.query, limit=limit or None))
        printed = print_records(
            map(self.as_json, found), asked.form, self.columns, empty=self._empty(asked)
        )
        left = reader.count(self.table, asked.query) - printed if printed == limit else 0
        if left > 0:
            click.echo(f"{left} more match: --limit 0 shows all.", err=True)

    def _sum(self, reader: Reader, asked: Asked) -> None:
        limit = replace(asked.query, limit=asked.limit or None)
        groups = reader.grouped(self.table, asked.group_by, limit)
        columns = group_columns(asked.group_by, with_bytes="sent_bytes" in COLUMNS[self.table])
        print_records(map(_group_record, groups), asked.form, columns, empty=self._empty(asked))

    def _follow(self, reader: Reader, asked: Asked) -> None:
        """Print records as they are written, until interrupted."""
        pause = threading.Event()
        seq = 0 if asked.query.since_ns is not None else reader.last_seq()
        heading = True
        try:
            while True:
                batch = list(reader.newer(self.kind, seq, asked.query))
                if batch:
                    seq = batch[-1][0]
                    rows = (self.as_json(record) for _, record in batch)
                    print_records(rows, asked.form, self.columns, empty="", heading=heading)
                    sys.stdout.flush()
                    heading = False
                pause.wait(FOLLOW_SECONDS)
        except KeyboardInterrupt:
            return

    def _empty(self, asked: Asked) -> str:
        return f"No {self.table} match in {asked.place}."


def group_columns(keys: Sequence[str], *, with_bytes: bool) -> tuple[Column, ...]:
    """Give the columns of sums by these keys."""
    sums = (Column(key="sent_bytes", title="Sent", show=size, right=True),) if with_bytes else ()
    return (
        *(
            Column(key=key, title=key.capitalize(), show=_or_unknown, in_middle=True)
            for key in keys
        ),
        Column(key="count", title="Count", right=True),
        *sums,
        Column(key="first", title="First", show=minute, from_width=100),
        Column(key="last", title="Last", show=minute),
    )


def _or_unknown(value: object) -> str:
    return "?" if value is None or value == "" else str(value)


def _group_record(group: Group) -> JsonObject:
    """Give a group with its moments as the record's are."""
    record: JsonObject = {**group}
    for name in ("first", "last"):
        record[name] = rfc3339_or_none(record.pop(f"{name}_ns"))
    return record


def _print_count(number: int, form: str) -> None:
    click.echo(f'{{"count": {number}}}' if form == "json" else str(number))


class Amount(click.ParamType[int]):
    """Bytes as people type them: 1000, 10kB, 1.5 GB, 4MiB."""

    name = "bytes"
    _TEXT = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgtp])(i?))?b?", re.IGNORECASE)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the number of bytes, or fail with examples."""
        found = self._TEXT.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no amount: try 5000000, 5MB or 1.5GiB", param, ctx)
        power = "kmgtp".index(found[2].lower()) + 1 if found[2] else 0
        return int(float(found[1]) * (1024 if found[3] else 1000) ** power)


class Country(click.ParamType[str]):
    """An ISO 3166-1 alpha-2 code in any case."""

    name = "code"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the code in capitals, or fail."""
        code = str(value).upper()
        if code not in COUNTRY_CODES:
            self.fail(f"{value!r} is no ISO 3166-1 alpha-2 code: try CN or US", param, ctx)
        return code


class MomentOption(click.ParamType[int]):
    """A moment; the clock is read when the command runs."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the moment, or fail with examples."""
        return Moment(SystemClock().now_ns()).convert(value, param, ctx)


_FILTERS: dict[str, Callable[[_Function], _Function]] = {
    "since": click.option(
        "--since",
        "since_ns",
        type=MomentOption(),
        metavar="TIME",
        help="What went on then or later: 2026-11-22, 2026-11-22T03:04:05Z, 90m, '2 days ago'.",
    ),
    "until": click.option(
        "--until", "until_ns", type=MomentOption(), metavar="TIME", help="What began before then."
    ),
    "state": click.option(
        "--state",
        "states",
        multiple=True,
        type=click.Choice([state.value for state in AlertState]),
        help="Where its handling stands; repeatable.",
    ),
    "severity": click.option(
        "--severity",
        "severities",
        multiple=True,
        type=click.Choice([severity.value for severity in Severity]),
        help="How urgent; repeatable.",
    ),
    "country": click.option(
        "--country",
        "countries",
        multiple=True,
        type=Country(),
        metavar="CODE",
        help="A country among the jurisdictions, as CN; repeatable.",
    ),
    "entity": click.option(
        "--entity", metavar="TEXT", help="Part of the name of who controls the destination."
    ),
    "user": click.option(
        "--user", "users", multiple=True, metavar="NAME", help="The sender's account; repeatable."
    ),
    "process": click.option(
        "--process",
        metavar="NAME|GLOB",
        help="The program: a name or glob, or a whole path when there is a slash in it.",
    ),
    "file": click.option(
        "--file", metavar="PATH|GLOB", help="A file's name or glob, or its path with a slash."
    ),
    "file-format": click.option(
        "--file-format",
        "formats",
        multiple=True,
        type=click.Choice([one.value for one in FileFormat]),
        metavar="FORMAT",
        help="What the files are, as bam or vcf; repeatable.",
    ),
    "address": click.option(
        "--address",
        metavar="ADDRESS|NETWORK|NAME",
        help="Where to: an address, a network as 203.0.113.0/24, or a name or glob of names.",
    ),
    "min-bytes": click.option(
        "--min-bytes",
        type=Amount(),
        metavar="BYTES",
        help="At least so much sent: 5000000, 5MB, 1.5GiB.",
    ),
}


def querying(
    table: str, *filters: str
) -> Callable[[Callable[[Asked], object]], Callable[..., object]]:
    """Give a command the filters of a table, and what every listing has.

    The command is called with what was `Asked`.
    """

    def decorate(function: Callable[[Asked], object]) -> Callable[..., object]:
        def command(
            config_path: Path | None,
            state_directory: Path | None,
            form: str,
            limit: int | None,
            count: bool,
            group_by: tuple[str, ...],
            follow: bool,
            **given: Any,
        ) -> object:
            if count + bool(group_by) + follow > 1:
                raise UsageError("--count, --group-by and --follow do not go together")
            asked = Asked(
                place=record_path(config_path, state_directory),
                query=Query(**given),
                form=form,
                limit=limit,
                count=count,
                group_by=group_by,
                follow=follow,
            )
            return function(asked)

        command.__doc__ = function.__doc__
        command.__name__ = function.__name__
        decorated: Any = _common(table)(command)
        for name in reversed(filters):
            decorated = _FILTERS[name](decorated)
        return decorated  # type: ignore[no-any-return]

    return decorate


def _common(table: str) -> Callable[[_Function], _Function]:
    sorts = [name for name, column in SORTS.items() if column in COLUMNS[table]]
    options = (
        click.option(
            "--sort",
            type=click.Choice(sorts),
            default="updated",
            show_default=True,
            help="Latest and largest first, names from A.",
        ),
        click.option(
            "--limit",
            type=click.IntRange(min=0),
            metavar="NUMBER",
            help=f"Print so many at most, 0 for all. [default: {SHOWN} in a table, else all]",
        ),
        click.option("--count", is_flag=True, help="Print only how many match."),
        click.option(
            "--group-by",
            multiple=True,
            type=click.Choice(keys_of(table)),
            help="Print sums by this instead; repeatable. `HK,SG` is a group of its own.",
        ),
        click.option(
            "--follow",
            is_flag=True,
            help="Print records as they are written, until interrupted; with --since, older too.",
        ),
        format_option,
        config_option,
        state_directory_option,
    )

    def decorate(function: _Function) -> _Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def record_path(config_path: Path | None, state_directory: Path | None) -> Path:
    """Give the record to ask: the configured one, or the system's where that one is not there."""
    config = read_config(config_path, state_directory)
    path = store_path(config)
    chosen = state_directory or config.agent.state_directory or config.store.path
    system = SYSTEM_STATE / path.name
    return path if chosen or path.exists() or not _is_there(system) else system


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
