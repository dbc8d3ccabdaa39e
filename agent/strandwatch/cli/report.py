"""`strandwatch report`: the case file of an alert, and the register of a time."""

from pathlib import Path

import click

from strandwatch import __version__
from strandwatch.cli.alerts import find_alert
from strandwatch.cli.options import config_option, examples, read_config, state_directory_option
from strandwatch.cli.querying import MomentOption, record_path
from strandwatch.domain.alert import Alert
from strandwatch.errors import StrandwatchError, UsageError
from strandwatch.report.case import Case, Evidence, Reporter
from strandwatch.report.folder import Sign, Signature, case_files, write_folder
from strandwatch.report.register import Period, register_files
from strandwatch.runtime.clock import SystemClock
from strandwatch.store.anchor import Signer
from strandwatch.store.query import Query
from strandwatch.store.reader import Reader


@click.command(
    epilog=examples(
        "strandwatch report 7f3a                     # a folder to hand on",
        "strandwatch report --since 2026-01-01 --until 2027-01-01 --output register-2026",
    )
)
@click.argument("alert_id", required=False, metavar="[ID]")
@click.option("--since", "since_ns", type=MomentOption(), metavar="TIME", help="Register from.")
@click.option("--until", "until_ns", type=MomentOption(), metavar="TIME", help="Register up to.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where to write it; must not be there yet. [default: named after what it is]",
)
@config_option
@state_directory_option
def report(
    alert_id: str | None,
    since_ns: int | None,
    until_ns: int | None,
    output: Path | None,
    config_path: Path | None,
    state_directory: Path | None,
) -> None:
    """Write a folder that stands for itself: a page to read and print, records, hashes, drafts.

    With an alert's ID its case file; with --since the register of data flows of a time. Prints the
    folder. Drafts are drafts: nothing is ever sent.
    """
    if (alert_id is None) == (since_ns is None):
        raise UsageError("name either an alert's ID or a time with --since")
    place = record_path(config_path, state_directory)
    reporter = Reporter(legal_entity=read_config(config_path).policy.legal_entity)
    now = SystemClock().now_ns()
    with Reader(place) as reader:
        if since_ns is None:
            alert = find_alert(reader, alert_id or "")
            files = case_files(_case(reader, alert, reporter, now))
            folder = output or Path(f"case-{alert.id}")
        else:
            files = register_files(_period(reader, since_ns, until_ns or now, reporter, now))
            folder = output or Path("register")
    sign = _signer(place.parent)
    write_folder(folder, files, made_ns=now, version=__version__, sign=sign)
    click.echo(folder)
    if sign is None:
        click.echo("Not signed: this account cannot read the record's signing key.", err=True)


def _case(reader: Reader, alert: Alert, reporter: Reporter, now_ns: int) -> Case:
    series = tuple(reader.alert_series(alert.id))
    ids = dict.fromkeys([alert.transfer.id, *(one.transfer.id for one in series)])
    known = [reader.transfer(id_) or alert.transfer for id_ in ids]
    keys = [("alert", alert.id), ("handling", alert.id), *(("transfer", id_) for id_ in ids)]
    return Case(
        alert=alert,
        series=series,
        handlings=tuple(reader.handlings(alert.id)),
        transfers=tuple(known),
        evidence=tuple(
            Evidence(seq=seq, kind=kind, key=key, hash=hash_, link=link, content=content)
            for kind, key in keys
            for seq, hash_, link, content in reader.evidence(kind, key)
        ),
        reporter=reporter,
        made_ns=now_ns,
        version=__version__,
    )


def _period(
    reader: Reader, since_ns: int, until_ns: int, reporter: Reporter, now_ns: int
) -> Period:
    query = Query(since_ns=since_ns, until_ns=until_ns)
    return Period(
        since_ns=since_ns,
        until_ns=until_ns,
        transfers=tuple(reader.transfers(query)),
        losses=tuple(reader.losses(query)),
        reporter=reporter,
        made_ns=now_ns,
        version=__version__,
    )


def _signer(folder: Path) -> Sign | None:
    """Give what signs with the record's key, where that is there and may be read."""
    signer = Signer(folder)

    def sign(data: bytes) -> Signature:
        return Signature(*signer.sign(data))

    try:
        return sign if signer.is_there() else None
    except StrandwatchError:
        return None
