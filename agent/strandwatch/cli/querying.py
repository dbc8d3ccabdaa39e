"""Asking the record: the filters that commands share, and printing or counting what they find."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import click

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
from strandwatch.domain.country import COUNTRY_CODES
from strandwatch.domain.file import FileFormat
from strandwatch.runtime.clock import SystemClock
from strandwatch.store.query import SORTS, Query
from strandwatch.store.reader import Reader
from strandwatch.store.schema import COLUMNS

_Record = TypeVar("_Record")
_Function = TypeVar("_Function", bound=Callable[..., Any])

SHOWN = 100
"""Rows of a table for people, where no limit is given."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[_Record]):
    """One table of the record: how to ask for it, and how its records look."""

    table: str
    ask: Callable[[Reader, Query], Iterator[_Record]]
    as_json: Callable[[_Record], JsonObject]
    columns: Sequence[Column]

    def answer(
        self, place: Path, query: Query, *, form: str, limit: int | None, count: bool
    ) -> None:
        """Print the records that match, or how many they are."""
        with Reader(place) as reader:
            if count:
                _print_count(reader.count(self.table, query), form)
                return
            if limit is None and form == "table":
                limit = SHOWN
            found = self.ask(reader, _limited(query, limit))
            records = (self.as_json(record) for record in found)
            printed = print_records(
                records, form, self.columns, empty=f"No {self.table} match in {place}."
            )
            left = reader.count(self.table, query) - printed if printed == limit else 0
        if left > 0:
            click.echo(f"{left} more match: --limit 0 shows all.", err=True)


def _limited(query: Query, limit: int | None) -> Query:
    from dataclasses import replace

    return replace(query, limit=limit or None)


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


class _Time(click.ParamType[int]):
    """A moment; the clock is read when the command runs."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the moment, or fail with examples."""
        return Moment(SystemClock().now_ns()).convert(value, param, ctx)


_FILTERS: dict[str, Callable[[_Function], _Function]] = {
    "since": click.option(
        "--since",
        "since_ns",
        type=_Time(),
        metavar="TIME",
        help="What went on then or later: 2026-11-22, 2026-11-22T03:04:05Z, 90m, '2 days ago'.",
    ),
    "until": click.option(
        "--until", "until_ns", type=_Time(), metavar="TIME", help="What began before then."
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


def querying(table: str, *filters: str) -> Callable[[_Function], _Function]:
    """Give a command the filters of a table, and what every listing has.

    The command is called with `place`, `query`, `form`, `limit` and `count`.
    """

    def decorate(function: _Function) -> _Function:
        def command(
            config_path: Path | None,
            state_directory: Path | None,
            form: str,
            limit: int | None,
            count: bool,
            **given: Any,
        ) -> object:
            place = record_path(config_path, state_directory)
            return function(place=place, query=Query(**given), form=form, limit=limit, count=count)

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
