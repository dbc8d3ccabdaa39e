"""`strandwatch explain`: whose jurisdiction an address or a name is in."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from strandwatch.cli.options import config_option, examples, format_option, read_config
from strandwatch.cli.output import Column, JsonObject, print_records, quiet_logs
from strandwatch.config.models import Config
from strandwatch.domain.contract import destination_record
from strandwatch.jurisdiction.networks import Override
from strandwatch.jurisdiction.opening import open_resolver
from strandwatch.jurisdiction.resolve import Resolver
from strandwatch.runtime.clock import SystemClock
from strandwatch.sinks.terminal import console, show
from strandwatch.sinks.wording import printable


def _controllers(record: JsonObject) -> str:
    return "; ".join(f"{one['entity']} ({one['country']})" for one in record["controllers"])


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
        "ss -Htn | awk '{print $5}' | strandwatch explain - --format csv",
    )
)
@click.argument("endpoints", nargs=-1, required=True, metavar="ADDRESS|NAME...")
@config_option
@format_option
def explain(endpoints: tuple[str, ...], config_path: Path | None, form: str) -> None:
    """Say whose jurisdiction endpoints are in, with every sign that says so.

    Takes addresses, names, host:port and URLs; `-` reads them from standard input, one per line.
    Nothing is looked up online, a name's address neither: what is known of a name is what its
    parts and the embedded lists say.
    """
    quiet_logs()
    resolver = resolver_of(read_config(config_path))
    records = (destination_record(resolver.resolve_argument(text)) for text in _texts(endpoints))
    if form == "table":
        for record in records:
            _print_one(record)
    else:
        print_records(records, form, COLUMNS, empty="")
    for missing in resolver.missing:
        click.echo(f"Not asked: {missing.name}: {missing.problem}", err=True)


def resolver_of(config: Config) -> Resolver:
    """Open the resolver that the configuration asks for."""
    wanted = config.jurisdiction
    return open_resolver(
        cache_directory=None,
        clock=SystemClock(),
        databases=[(one.kind, one.path) for one in wanted.databases],
        replace_embedded=wanted.replace_embedded,
        overrides=[
            Override(match=one.match, country=one.country, entity=one.entity, reason=one.note or "")
            for one in wanted.overrides
        ],
    )


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
    if record["signals"]:
        show(out, Padding(signs, (0, 0, 1, 2)))


def _heading(record: JsonObject) -> str:
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
