"""`strandwatch export`: records for other programs' tools."""

import json
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import click

from strandwatch.cli import alerts, files, flows, processes, transfers
from strandwatch.cli.options import config_option, examples, state_directory_option
from strandwatch.cli.querying import Listing, MomentOption, record_path
from strandwatch.domain.contract import alert_record
from strandwatch.errors import StoreError, UsageError
from strandwatch.sinks.formats import ocsf
from strandwatch.store.parquet import write_parquet
from strandwatch.store.query import Query
from strandwatch.store.reader import Reader
from strandwatch.store.zeek import conn_log

_LISTINGS: dict[str, Listing[Any]] = {
    "alerts": alerts.LISTING,
    "transfers": transfers.LISTING,
    "flows": flows.LISTING,
    "files": files.LISTING,
    "processes": processes.LISTING,
}


@dataclass(frozen=True, slots=True)
class _Wish:
    """What to write: which records of which table."""

    reader: Reader
    table: str
    query: Query


def _json_lines(wish: _Wish) -> Iterator[str]:
    listing = _LISTINGS[wish.table]
    found = listing.ask(wish.reader, wish.query)
    return (json.dumps(listing.as_json(record)) for record in found)


def _zeek(wish: _Wish) -> Iterator[str]:
    if wish.table != "flows":
        raise UsageError("a Zeek conn.log is made of flows: strandwatch export flows --as zeek")
    return conn_log(wish.reader.flows(wish.query))


def _ocsf(wish: _Wish) -> Iterator[str]:
    if wish.table != "alerts":
        raise UsageError("OCSF findings are made of alerts: strandwatch export alerts --as ocsf")
    host = socket.gethostname()
    return (
        json.dumps(ocsf.finding(alert_record(alert), repeat=False, host=host))
        for alert in wish.reader.alerts(wish.query)
    )


_LINES: dict[str, Callable[[_Wish], Iterator[str]]] = {
    "jsonl": _json_lines,
    "zeek": _zeek,
    "ocsf": _ocsf,
}


@click.command(
    epilog=examples(
        "strandwatch export flows --as zeek > conn.log",
        "strandwatch export alerts --as ocsf --since '1 week ago'",
        "strandwatch export transfers --as parquet --output transfers.parquet",
    )
)
@click.argument("table", type=click.Choice(list(_LISTINGS)))
@click.option(
    "--as",
    "form",
    type=click.Choice([*_LINES, "parquet"]),
    default="jsonl",
    show_default=True,
    help="zeek is for flows, ocsf for alerts; parquet needs --output.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write there instead of to standard output.",
)
@click.option(
    "--since", "since_ns", type=MomentOption(), metavar="TIME", help="What went on then or later."
)
@click.option(
    "--until", "until_ns", type=MomentOption(), metavar="TIME", help="What began before then."
)
@config_option
@state_directory_option
def export(
    table: str,
    form: str,
    output: Path | None,
    config_path: Path | None,
    state_directory: Path | None,
    **given: Any,
) -> None:
    """Write records in the form that other programs read, the oldest last."""
    with Reader(record_path(config_path, state_directory)) as reader:
        wish = _Wish(reader, table, Query(**given))
        if form == "parquet":
            _write_parquet(wish, output)
            return
        lines = _LINES[form](wish)
        with _opened(output) as stream:
            stream.writelines(f"{line}\n" for line in lines)


def _write_parquet(wish: _Wish, output: Path | None) -> None:
    if output is None:
        raise UsageError("a Parquet file needs a place: --output FILE")
    answer = wish.reader.rows(wish.table, wish.query)
    count = write_parquet(answer.columns, answer.rows, output)
    click.echo(f"{output}: {count} {wish.table}", err=True)


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        with output.open("w", encoding="utf-8") as stream:
            yield stream
    except OSError as error:
        raise StoreError(f"{output}: cannot be written: {error.strerror}") from error
