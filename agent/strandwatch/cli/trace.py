"""`strandwatch trace`: the lineage of a file, a transfer, an alert or an address, as a tree."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
from rich.text import Text
from rich.tree import Tree

from strandwatch.cli.cells import size, utc
from strandwatch.cli.options import config_option, examples, format_option, state_directory_option
from strandwatch.cli.output import print_records
from strandwatch.cli.querying import record_path
from strandwatch.cli.transfers import LISTING
from strandwatch.domain.contract import rfc3339, transfer_record
from strandwatch.domain.transfer import CarriedFile, Transfer
from strandwatch.errors import UsageError
from strandwatch.sinks.alert_block import where, who
from strandwatch.sinks.terminal import console, show
from strandwatch.sinks.wording import label, persons, printable, sureness
from strandwatch.store.query import Query
from strandwatch.store.reader import Reader

SHOWN = 50
"""Transfers drawn at most, the latest first."""


@click.command(
    epilog=examples(
        "strandwatch trace 7f3a                          # an alert or a transfer",
        "strandwatch trace /data/runs/A/sample1.bam      # where did this file go?",
        "strandwatch trace '*.vcf.gz'                    # where did such files go?",
        "strandwatch trace 203.0.113.0/24                # what went there, and from which files?",
    )
)
@click.argument("subject", metavar="ID|PATH|ADDRESS")
@config_option
@state_directory_option
@format_option
def trace(subject: str, config_path: Path | None, state_directory: Path | None, form: str) -> None:
    """Draw from which files, through which processes, bytes went where.

    Takes the beginning of an alert's or a transfer's id, a file's path or glob, or an address,
    network or server name. As JSON and CSV it prints the transfers.
    """
    with Reader(record_path(config_path, state_directory)) as reader:
        found, left = _found(reader, subject)
    if not found:
        raise UsageError(f"nothing in the record is called {subject!r}, or went to it")
    if form != "table":
        print_records(map(transfer_record, found), form, LISTING.columns, empty="")
        return
    out = console(sys.stdout)
    tree = Tree(_words(subject))
    for transfer in found:
        _draw(tree, transfer, subject)
    show(out, tree)
    if left:
        click.echo(f"{left} more: strandwatch transfers lists them.", err=True)


def _found(reader: Reader, subject: str) -> tuple[list[Transfer], int]:
    """Find transfers by id, then by file, then by destination; give how many more there are."""
    alert = reader.alert(subject)
    if alert is not None:
        return [_current(reader, alert.transfer)], 0
    named = [one for one in reader.transfers() if one.id.startswith(subject)] if subject else []
    if named:
        return named, 0
    for query in (Query(file=subject), Query(address=subject)):
        count = reader.count("transfers", query)
        if count:
            return list(reader.transfers(replace(query, limit=SHOWN))), max(0, count - SHOWN)
    return [], 0


def _current(reader: Reader, transfer: Transfer) -> Transfer:
    """Give a transfer as it stands now: an alert keeps it as it was when it was told."""
    later = reader.transfers(Query(since_ns=transfer.started_ns))
    return next((one for one in later if one.id == transfer.id), transfer)


def _draw(tree: Tree, transfer: Transfer, subject: str) -> None:
    state = "under way" if transfer.ended_ns is None else f"ended {utc(rfc3339(transfer.ended_ns))}"
    branch = tree.add(
        _words(
            f"transfer {transfer.id[:8]}: {size(transfer.sent_bytes)} since "
            f"{utc(rfc3339(transfer.started_ns))}, {state}"
        )
    )
    sources = branch.add(_words("from"))
    files = _chosen(transfer.files, subject)
    for carried in files:
        node = sources.add(_words(*_file(carried)))
        for step in carried.via or (label(carried.relation.value),):
            node = node.add(_words(step))
    if len(files) < len(transfer.files):
        sources.add(_words(f"and {len(transfer.files) - len(files)} other files"))
    branch.add(_words("by")).add(_words(*who(transfer)))
    branch.add(_words("to")).add(_words(*where(transfer)))


def _chosen(files: tuple[CarriedFile, ...], subject: str) -> tuple[CarriedFile, ...]:
    """Give the file that was asked for alone, or the first of them all."""
    asked = tuple(carried for carried in files if carried.path == subject)
    return asked or files[:SHOWN]


def _file(carried: CarriedFile) -> Iterator[str]:
    yield carried.path
    if carried.facts is not None:
        facts = carried.facts
        told = (facts.format.value, facts.species.value, persons(facts.persons))
        yield f"{', '.join(told)}; {sureness(carried.confidence)}"


def _words(*lines: str) -> Text:
    return Text("\n".join(map(printable, lines)))
