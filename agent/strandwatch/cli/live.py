"""`strandwatch live`: the agent at work, in place, until interrupted."""

import sys
import threading
from pathlib import Path

import click

from strandwatch.cli.live_view import Look, Rates, frame
from strandwatch.cli.options import (
    config_option,
    examples,
    state_directory_option,
)
from strandwatch.cli.querying import record_path
from strandwatch.errors import StoreError
from strandwatch.runtime.clock import SystemClock
from strandwatch.runtime.health import read_health
from strandwatch.sinks.terminal import console, show
from strandwatch.store.query import Query
from strandwatch.store.reader import Reader

_LATEST = 200
"""Transfers looked through for those under way, the latest first."""
_TRANSFERS_SHOWN = 15
_ALERTS_SHOWN = 8


@click.command(epilog=examples("strandwatch live", "strandwatch live --once"))
@click.option(
    "--every",
    type=click.FloatRange(min=0.2, max=3600),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look.",
)
@click.option("--once", is_flag=True, help="Print one look and end; so it is without a terminal.")
@config_option
@state_directory_option
def live(every: float, once: bool, config_path: Path | None, state_directory: Path | None) -> None:
    """Show the agent at work: its state, transfers under way, last alerts.

    Only looks at what the daemon has written, so it may be started and stopped at any time, by
    anyone who may read the record.
    """
    place = record_path(config_path, state_directory)
    out, rates = console(sys.stdout), Rates()
    if once or not out.is_terminal:
        show(out, frame(_look(place), rates, width=out.width))
        return
    from rich.live import Live

    pause = threading.Event()
    with Live(console=out, screen=True, auto_refresh=False) as screen:
        try:
            while True:
                seen = _look(place)
                rates.update(seen.transfers)
                screen.update(frame(seen, rates, width=out.width), refresh=True)
                pause.wait(every)
        except KeyboardInterrupt:
            return


def _look(place: Path) -> Look:
    now_ns = SystemClock().now_ns()
    health = read_health(place.parent)
    try:
        with Reader(place) as reader:
            latest = reader.transfers(Query(limit=_LATEST))
            under_way = [one for one in latest if one.ended_ns is None][:_TRANSFERS_SHOWN]
            alerts = list(reader.alerts(Query(limit=_ALERTS_SHOWN)))
    except StoreError as error:
        return Look(now_ns=now_ns, health=health, transfers=(), alerts=(), problem=str(error))
    return Look(now_ns=now_ns, health=health, transfers=under_way, alerts=alerts)
