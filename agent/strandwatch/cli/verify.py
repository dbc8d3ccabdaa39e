"""`strandwatch verify`: the record's chain, link by link."""

import json
import sys
from pathlib import Path

import click

from strandwatch.cli.options import config_option, examples, state_directory_option
from strandwatch.cli.output import JsonObject
from strandwatch.cli.querying import record_path
from strandwatch.errors import ExitCode
from strandwatch.sinks.wording import label, printable, size
from strandwatch.store.anchor import noted_anchors
from strandwatch.store.verify import Verification
from strandwatch.store.verify import verify as verify_record


@click.command(
    epilog=examples(
        "strandwatch verify",
        "strandwatch verify /mnt/backup/record.db",
        "strandwatch verify --head 5f0c...   # a head that was noted elsewhere",
        "strandwatch verify --anchors syslog # the signed anchors in a log kept elsewhere",
    )
)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--head",
    metavar="HEX",
    help="A head that an earlier verify printed: what was cut off since then is found out.",
)
@click.option(
    "--anchors",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="LOG",
    help="A log with `record_anchored` lines, kept elsewhere: every day's signed end must fit.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="How to print it.",
)
@config_option
@state_directory_option
def verify(
    file: Path | None,
    head: str | None,
    anchors: Path | None,
    form: str,
    config_path: Path | None,
    state_directory: Path | None,
) -> int:
    """Check that nothing in the record was changed, taken out, put in or put back.

    Takes a FILE, or the daemon's record, beside which it may run. Exits with 1 when something is
    wrong, and names the first bad record. What was cut off at the end shows only against a head
    that was noted elsewhere: print it now and then, and keep it on another machine.
    """
    place = file or record_path(config_path, state_directory)
    progress = _progress if sys.stderr.isatty() else lambda _done, _all: None
    found = verify_record(place, progress, noted=noted_anchors(anchors) if anchors else ())
    known = head is None or _has_head(place, head)
    record = _record(place, found, head_known=known)
    if form == "json":
        click.echo(json.dumps(record))
    else:
        _print(record, found)
    return ExitCode.OK if record["intact"] else ExitCode.FINDINGS


def _has_head(place: Path, head: str) -> bool:
    """Tell whether the chain has, or once had, this end."""
    from strandwatch.store.files import connect_read_only

    connection = connect_read_only(place)
    try:
        link = bytes.fromhex(head.strip())
        row = connection.execute("SELECT 1 FROM chain WHERE link = ? LIMIT 1", (link,)).fetchone()
    except ValueError:
        return False
    finally:
        connection.close()
    return row is not None


def _record(place: Path, found: Verification, *, head_known: bool) -> JsonObject:
    problem = found.problem
    return {
        "file": str(place),
        "intact": problem is None and head_known,
        "links": found.links,
        "contents": found.contents,
        "content_bytes": found.content_bytes,
        "head": found.head.hex(),
        "anchors": found.anchors,
        "deleted": found.deleted,
        "head_known": head_known,
        "problem": problem
        and {
            "seq": problem.seq,
            "kind": problem.kind,
            "key": problem.key,
            "flaw": problem.flaw.value,
        },
    }


def _print(record: JsonObject, found: Verification) -> None:
    state = "intact" if record["intact"] else "NOT INTACT"
    click.echo(printable(f"{record['file']}: {state}"))
    click.echo(
        f"  {record['links']} records written, {record['contents']} kept, "
        f"{size(record['content_bytes'])}"
    )
    if found.deleted:
        click.echo(f"  {found.deleted} deleted by policy, their hashes kept")
    if found.anchors:
        click.echo(f"  {found.anchors} signed anchors fit")
    click.echo(f"  head {record['head']}")
    if found.problem is not None:
        problem = found.problem
        click.echo(
            printable(
                f"  first bad record: {problem.kind} {problem.key} "
                f"(number {problem.seq}): {label(problem.flaw.value)}"
            )
        )
    if not record["head_known"]:
        click.echo("  the head that you gave is not in the chain: its end was cut off or rewritten")


def _progress(done: int, total: int) -> None:
    click.echo(f"\r{done} of {total}" + ("\n" if done == total else ""), nl=False, err=True)
