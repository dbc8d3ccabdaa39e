"""`strandwatch ledger`: distinct persons per counterparty and category, now and at the maximum."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from strandwatch.app.agent import KEY_BYTES, KEY_FILE
from strandwatch.app.plan import policy_in_force
from strandwatch.cli.cells import utc
from strandwatch.cli.options import (
    config_option,
    examples,
    format_option,
    read_config,
    state_directory_option,
)
from strandwatch.cli.output import Column, JsonObject, print_records
from strandwatch.cli.querying import MomentOption, record_path
from strandwatch.core.counting import thresholds_on
from strandwatch.core.ledger import Entry, Ledger
from strandwatch.core.recipients import day_of
from strandwatch.core.rejudge import recounted
from strandwatch.domain.contract import rfc3339
from strandwatch.domain.encoding import from_plain, to_plain
from strandwatch.domain.regime import Policy
from strandwatch.errors import EncodingError, UsageError
from strandwatch.runtime.clock import SystemClock
from strandwatch.store.reader import Reader

_FORM = "strandwatch-ledger"

_COLUMNS = (
    Column(key="regime", title="Regime"),
    Column(key="counterparty", title="Counterparty", in_middle=True),
    Column(key="category", title="Category"),
    Column(key="persons.at_least", title="At least", right=True),
    Column(key="persons.at_most", title="At most", right=True, show=lambda n: _bound(n)),
    Column(key="threshold", title="Bulk above", right=True),
    Column(key="percent", title="%", right=True),
    Column(key="maximum.at_most", title="Maximum", right=True, show=lambda n: _bound(n)),
    Column(key="maximum.at", title="On", show=lambda at: utc(at) if at else "", from_width=120),
)


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "strandwatch ledger                          # how near to which threshold",
        "strandwatch ledger --at 2026-06-30          # as it stood then",
        "strandwatch ledger export > here.jsonl      # then, on another server:",
        "strandwatch ledger merge here.jsonl there.jsonl",
    ),
)
@click.option("--at", "at_ns", type=MomentOption(), metavar="TIME", help="As it stood then.")
@config_option
@state_directory_option
@format_option
def ledger(
    at_ns: int | None, config_path: Path | None, state_directory: Path | None, form: str
) -> None:
    """Count the distinct persons whose data went to each counterparty, in both bounds.

    Thresholds look at the upper bound; the maximum is the largest count of any window so far.
    """
    if click.get_current_context().invoked_subcommand is None:
        policy = policy_in_force(read_config(config_path))
        counted = _recounted(policy, config_path, state_directory)
        _print(counted, policy, at_ns, form)


def _recounted(policy: Policy, config_path: Path | None, state_directory: Path | None) -> Ledger:
    with Reader(record_path(config_path, state_directory)) as reader:
        return recounted(reader.transfers_since(0), policy)


def _print(counted: Ledger, policy: Policy, at_ns: int | None, form: str) -> None:
    moment = SystemClock().now_ns() if at_ns is None else at_ns
    rows = sorted(
        _rows(counted, policy, moment), key=lambda row: (-(row["percent"] or 0), row["regime"])
    )
    print_records(rows, form, _COLUMNS, empty="Nothing was sent that a regime counts.")


def _rows(counted: Ledger, policy: Policy, at_ns: int) -> Iterator[JsonObject]:
    regimes = {one.id: one for one in policy.regimes}
    for account in counted.accounts():
        regime = regimes.get(account.regime)
        if regime is None or account.category is None:
            continue
        rules = thresholds_on(regime, day_of(at_ns))
        rule = next((one for one in rules if one.category is account.category), None)
        now = counted.count_at(account, at_ns, regime.window_months)
        moment, most = counted.peak(account, regime.window_months)
        limit = None if rule is None else rule.more_than
        yield {
            "regime": account.regime,
            "legal_entity": account.legal_entity,
            "counterparty": account.counterparty,
            "category": account.category.value,
            "at": rfc3339(at_ns),
            "window_months": regime.window_months,
            "persons": {"at_least": now.at_least, "at_most": now.upper, "counted": now.at_most},
            "threshold": limit,
            "percent": None if not limit else now.at_most * 100 // limit,
            "citation": regime.citation if rule is None else rule.citation,
            "maximum": {
                "at": rfc3339(moment),
                "at_least": most.at_least,
                "at_most": most.upper,
                "counted": most.at_most,
            },
        }


def _bound(number: int | None) -> str:
    return "unbounded" if number is None else str(number)


@ledger.command(epilog=examples("strandwatch ledger export > here.jsonl"))
@config_option
@state_directory_option
def export(config_path: Path | None, state_directory: Path | None) -> None:
    """Print the ledger as JSON lines, for `ledger merge` beside another server's.

    Persons are keyed hashes. Only ledgers of one person key can be added up: provision the same
    key file on all servers of one legal entity before their first start.
    """
    policy = policy_in_force(read_config(config_path))
    counted = _recounted(policy, config_path, state_directory)
    key = _fingerprint(record_path(config_path, state_directory).parent / KEY_FILE)
    heading = {"form": _FORM, "version": 1, "key": key, "legal_entity": policy.legal_entity}
    click.echo(json.dumps(heading))
    for entry in counted.entries():
        click.echo(json.dumps(to_plain(entry)))


def _fingerprint(path: Path) -> str:
    """Give what tells person keys apart and gives nothing of them away."""
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise UsageError(f"{path} is no person key")
    return hashlib.blake2b(b"strandwatch ledger", key=key, digest_size=8).hexdigest()


@ledger.command(epilog=examples("strandwatch ledger merge here.jsonl there.jsonl --format json"))
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--at", "at_ns", type=MomentOption(), metavar="TIME", help="As it stood then.")
@config_option
@format_option
def merge(files: tuple[Path, ...], at_ns: int | None, config_path: Path | None, form: str) -> None:
    """Add up exported ledgers: a person on two servers is one person. Nothing is changed."""
    policy, counted = policy_in_force(read_config(config_path)), Ledger()
    headings = {_take_in(path, counted) for path in files}
    if len(headings) > 1:
        raise UsageError(
            "these ledgers have different person keys or legal entities: they cannot be added up"
        )
    _print(counted, policy, at_ns, form)


def _take_in(path: Path, counted: Ledger) -> tuple[str, str]:
    with path.open(encoding="utf-8") as lines:
        try:
            heading = json.loads(next(lines, ""))
            if heading["form"] != _FORM or heading["version"] != 1:
                raise UsageError(f"{path}: not an exported ledger of this version")
            counted.merge(_entries(path, enumerate(lines, start=2)))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path}: not an exported ledger: {error}") from error
        return heading["key"], heading["legal_entity"]


def _entries(path: Path, lines: Iterable[tuple[int, str]]) -> Iterator[Entry]:
    for number, line in lines:
        try:
            entry = from_plain(Entry, json.loads(line))
        except (EncodingError, ValueError) as error:
            raise UsageError(f"{path}:{number}: {error}") from error
        if not _is_sound(entry):
            raise UsageError(f"{path}:{number}: not an entry of a ledger")
        yield entry


def _is_sound(entry: Entry) -> bool:
    spans = entry.spans
    return (
        entry.kind in ("person", "name", "file", "least", "unbounded")
        and entry.weight >= 1
        and len(spans) >= 2
        and len(spans) % 2 == 0
        and list(spans) == sorted(spans)
    )
