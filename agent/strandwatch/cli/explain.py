"""`strandwatch explain`: whose jurisdiction an address or a name is in."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strandwatch.app.plan import jurisdiction_plan
from strandwatch.app.resolver import open_planned_resolver
from strandwatch.cli.options import config_option, examples, format_option, read_config
from strandwatch.cli.output import Column, JsonObject, print_records, quiet_logs
from strandwatch.config.load import state_directory
from strandwatch.config.models import Config
from strandwatch.domain.contract import destination_record
from strandwatch.jurisdiction.explain import ArgumentKind, Explanation
from strandwatch.jurisdiction.explain import explain as explanation_of
from strandwatch.jurisdiction.resolve import Resolver
from strandwatch.runtime.clock import SystemClock
from strandwatch.sinks.terminal import console, show
from strandwatch.sinks.wording import printable

if TYPE_CHECKING:
    from rich.table import Table


def _controllers(record: JsonObject) -> str:
    return "; ".join(f"{one['entity']} ({one['country']})" for one in record["controllers"])


_PARTS_SHOWN = 30

COLUMNS = (
    Column(key="address", title="Address"),
    Column(key="server_name", title="Name"),
    Column(key="jurisdictions", title="Jurisdictions"),
    Column(key="confidence", title="Confidence"),
    Column(key="countries", title="Located in"),
    Column(key="controllers", title="Controlled by", value=_controllers),
    Column(key="disagreement", title="Disagreement"),
    Column(key="caveats", title="Caveats"),
)


@click.command(
    epilog=examples(
        "strandwatch explain 203.0.113.10 oss-cn-beijing.aliyuncs.com",
        "strandwatch explain https://example.org/upload --format json",
        "strandwatch explain 203.0.113.0/24 AS64500",
        "ss -Htn | awk '{print $5}' | strandwatch explain - --format csv",
    )
)
@click.argument("endpoints", nargs=-1, required=True, metavar="ADDRESS|NAME...")
@config_option
@format_option
def explain(endpoints: tuple[str, ...], config_path: Path | None, form: str) -> None:
    """Say whose jurisdiction endpoints are in, with every sign that says so.

    Takes addresses, names, host:port, URLs, networks (203.0.113.0/24) and AS numbers (AS64500);
    `-` reads them from standard input, one per line.
    Nothing is looked up online, a name's address neither: what is known of a name is what its
    parts and the embedded lists say.
    """
    quiet_logs()
    resolver = resolver_of(read_config(config_path))
    records = (_record(explanation_of(resolver, text)) for text in _texts(endpoints))
    if form == "table":
        for record in records:
            _print_one(record)
    else:
        print_records(records, form, COLUMNS, empty="")
    for missing in resolver.missing:
        click.echo(f"Not asked: {missing.name}: {missing.problem}", err=True)


def resolver_of(config: Config) -> Resolver:
    """Open the resolver that the configuration asks for."""
    return open_planned_resolver(
        jurisdiction_plan(config.jurisdiction),
        state_directory(config),
        SystemClock(),
        writable=False,
    )


def _record(explanation: Explanation) -> JsonObject:
    """Give the destination, what the argument was taken for, and a network's parts."""
    record = {
        **destination_record(explanation.destination),
        "argument": explanation.argument,
        "kind": explanation.kind.value,
    }
    if explanation.parts:
        record["complete"] = explanation.complete
        record["parts"] = [
            {
                "first": part.first,
                "last": part.last,
                "addresses": part.addresses,
                "jurisdictions": list(part.destination.jurisdictions),
                "confidence": part.destination.confidence.value,
            }
            for part in explanation.parts
        ]
    return record


def _texts(endpoints: Sequence[str]) -> Iterator[str]:
    for text in endpoints:
        if text != "-":
            yield text
            continue
        yield from (line.strip() for line in sys.stdin if line.strip())


def _print_one(record: JsonObject) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for title, fact in _facts(record):
        facts.add_row(Text(title, style="dim"), Text(printable(fact)))
    signs = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("sign", "says", "as of", "source"):
        signs.add_column(title, overflow="fold", no_wrap=title in ("sign", "as of"))
    for sign in record["signals"]:
        words = (sign["kind"].replace("_", " "), sign["value"], sign["as_of"] or "", sign["source"])
        signs.add_row(*(Text(printable(word)) for word in words))
    out = console(sys.stdout)
    show(out, Text(printable(_heading(record)), style="bold"))
    show(out, Padding(facts, (0, 0, 1, 2)))
    if "parts" in record:
        show(out, Padding(_parts(record), (0, 0, 1, 2)))
    if record["signals"]:
        show(out, Padding(signs, (0, 0, 1, 2)))


def _parts(record: JsonObject) -> "Table":
    """Give the parts of a network that differ, the largest number of them that can be read."""
    from rich.table import Table

    parts = record["parts"]
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("from", "to", "jurisdictions", "confidence"):
        table.add_column(title)
    for part in parts[:_PARTS_SHOWN]:
        codes = ", ".join(part["jurisdictions"]) or "unknown"
        table.add_row(part["first"], part["last"], codes, part["confidence"])
    left = len(parts) - _PARTS_SHOWN
    if left > 0 or not record["complete"]:
        table.add_row(f"and {left} more" if left > 0 else "and more", "", "", "")
    return table


def _heading(record: JsonObject) -> str:
    if record["kind"] == ArgumentKind.AS_NUMBER:
        return str(record["argument"]).upper()
    port = f" port {record['port']}" if record["port"] is not None else ""
    names = (name for name in (record["server_name"], record["address"]) if name)
    return f"{', '.join(names)}{port}"


def _facts(record: JsonObject) -> Iterator[tuple[str, str]]:
    if record["internal"]:
        yield "network", "private or special: neither abroad nor clean"
    jurisdictions = ", ".join(record["jurisdictions"]) or "unknown"
    yield "jurisdictions", f"{jurisdictions}   (confidence: {record['confidence']})"
    located = ", ".join(record["countries"]) or "unknown"
    yield "located in", f"{located}   (confidence: {record['location_confidence']})"
    controlled = _controllers(record) or "unknown"
    yield "controlled by", f"{controlled}   (confidence: {record['control_confidence']})"
    if record["disagreement"]:
        yield "disagreement", "the signs below do not agree; none of them is dropped"
    if record["caveats"]:
        yield "caveats", ", ".join(word.replace("_", " ") for word in record["caveats"])
