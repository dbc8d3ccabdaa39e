"""`strandwatch processes`: who took part."""

import click

from strandwatch.cli.options import examples
from strandwatch.cli.output import Column, JsonObject
from strandwatch.cli.querying import Asked, Listing, querying
from strandwatch.cli.senders import time_column
from strandwatch.core.command import ProcessRecord
from strandwatch.domain.contract import process_record, rfc3339, rfc3339_or_none
from strandwatch.store.reader import Reader


def seen_process_record(process: ProcessRecord) -> JsonObject:
    """Give a process with when it was seen."""
    return {
        **process_record(process.process),
        "seen": rfc3339(process.seen_ns),
        "exited": rfc3339_or_none(process.exited_ns),
    }


LISTING: Listing[ProcessRecord] = Listing(
    "processes",
    ProcessRecord,
    Reader.processes,
    seen_process_record,
    (
        time_column("started", "Started"),
        time_column("exited", "Exited", from_width=110),
        Column(key="pid", title="Pid", right=True),
        Column(key="user", title="User"),
        Column(key="executable", title="Executable", in_middle=True),
        Column(key="command", title="Command", in_middle=True, from_width=100),
        Column(key="container", title="Container", from_width=150, in_middle=True),
    ),
)


@click.command(
    epilog=examples(
        "strandwatch processes --user alice --since yesterday",
        "strandwatch processes --process 'python3*' --format json",
    )
)
@querying("processes", "since", "until", "user", "process")
def processes(asked: Asked) -> None:
    """List the processes that sent something or read a recorded file."""
    LISTING.answer(asked)
