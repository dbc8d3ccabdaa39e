"""`strandwatch flows`: conversations with other machines."""

import click

from strandwatch.cli.cells import size
from strandwatch.cli.options import examples
from strandwatch.cli.output import Column, JsonObject
from strandwatch.cli.querying import Asked, Listing, querying
from strandwatch.cli.senders import sender_columns, sent_column, time_column
from strandwatch.core.command import FlowRecord
from strandwatch.domain.contract import (
    five_tuple_record,
    process_record,
    rfc3339,
    rfc3339_or_none,
)
from strandwatch.store.reader import Reader


def flow_record(flow: FlowRecord) -> JsonObject:
    """Give a flow with its counters, process and jurisdictions."""
    return {
        "opened": rfc3339(flow.opened_ns),
        "updated": rfc3339(flow.updated_ns),
        "closed": rfc3339_or_none(flow.closed_ns),
        "ending": flow.ending and flow.ending.value,
        "found_open": flow.found_open,
        "direction": flow.direction.value,
        **five_tuple_record(flow.flow, flow.key),
        "sent_bytes": flow.counters.sent_bytes,
        "queued_bytes": flow.counters.queued_bytes,
        "wire_bytes": flow.counters.wire_bytes,
        "received_bytes": flow.counters.received_bytes,
        "process": flow.process and process_record(flow.process),
        "user_id": flow.user_id,
        "server_name": flow.server_name,
        "countries": list(flow.countries),
        "jurisdictions": list(flow.jurisdictions),
        "controllers": list(flow.controllers),
    }


def _host(record: JsonObject) -> str:
    return str(record["server_name"] or record["destination"]["address"])


LISTING: Listing[FlowRecord] = Listing(
    "flows",
    FlowRecord,
    Reader.flows,
    flow_record,
    (
        time_column("opened", "Opened"),
        time_column("closed", "Closed", from_width=120),
        Column(key="direction", title="Direction", from_width=150),
        *sender_columns("process"),
        Column(key="jurisdictions", title="To", show=lambda codes: ", ".join(codes or ()) or "?"),
        Column(key="host", title="Host", value=_host, in_middle=True),
        Column(key="destination.port", title="Port", right=True),
        Column(key="protocol", title="", from_width=100),
        sent_column("sent_bytes"),
        Column(key="received_bytes", title="Received", show=size, right=True, from_width=150),
    ),
)


@click.command(
    epilog=examples(
        "strandwatch flows --since 1h --sort bytes --limit 20",
        "strandwatch flows --process rclone --format csv",
        "strandwatch flows --address 203.0.113.0/24 --count",
    )
)
@querying("flows", "since", "until", "country", "entity", "user", "process", "address", "min-bytes")
def flows(asked: Asked) -> None:
    """List conversations with other machines, whatever they carried."""
    LISTING.answer(asked)
