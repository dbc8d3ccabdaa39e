"""`strandwatch policy`: check it, run its own tests, show it, and try another on the record."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import click

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
from strandwatch.config.models import Config
from strandwatch.config.policy import known_regimes, load_regimes
from strandwatch.core.ledger import months_before
from strandwatch.core.policy import Decision
from strandwatch.core.recipients import day_of
from strandwatch.core.rehearsal import Outcome, rehearse
from strandwatch.core.rejudge import Rejudged, rejudged
from strandwatch.domain.contract import rfc3339, transfer_record
from strandwatch.domain.encoding import to_plain
from strandwatch.domain.regime import Policy, Regime
from strandwatch.errors import ExitCode
from strandwatch.runtime.clock import SystemClock
from strandwatch.store.reader import Reader

_SOON = timedelta(days=30)
_MONTHS = 12


@click.group(
    epilog=examples(
        "strandwatch policy check                     # what is on, and what ends soon",
        "strandwatch policy test                      # the regimes' own tests",
        "strandwatch policy rejudge --since '30 days ago' --regime us-dsp --regime us-tx",
    )
)
def policy() -> None:
    """Check, test and show the regimes, and try others on what was recorded."""


_CHECKED = (
    Column(key="kind", title="Kind"),
    Column(key="id", title="Id"),
    Column(key="state", title="State"),
    Column(key="from", title="From"),
    Column(key="to", title="To"),
    Column(key="citation", title="Citation", wraps=True),
)


@policy.command(epilog=examples("strandwatch policy check --config strandwatch.toml"))
@config_option
@format_option
def check(config_path: Path | None, form: str) -> int:
    """Say which regimes and authorisations are on, begin later, have ended or end soon.

    Exits with 3 when a file is bad, with 1 when an authorisation has ended or ends within 30 days.
    """
    checked = policy_in_force(read_config(config_path))
    today = day_of(SystemClock().now_ns())
    rows = [*_regime_rows(checked, today), *_authorisation_rows(checked, today)]
    print_records(rows, form, _CHECKED, empty="No regime is on.")
    ending = any(row["state"] in ("ended", "ends soon") for row in rows)
    return ExitCode.FINDINGS if ending else ExitCode.OK


def _regime_rows(checked: Policy, today: str) -> Iterator[JsonObject]:
    for one in checked.regimes:
        state = _state(one.effective_from, one.effective_to, today, "")
        yield _row("regime", one.id, state, one.effective_from, one.effective_to, one.citation)


def _authorisation_rows(checked: Policy, today: str) -> Iterator[JsonObject]:
    soon = (date.fromisoformat(today) + _SOON).isoformat()
    for one in checked.authorisations:
        state = _state(one.valid_from, one.valid_to, today, soon)
        yield _row("authorisation", one.id, state, one.valid_from, one.valid_to, one.basis)


def _row(*values: str | None) -> JsonObject:
    return dict(zip(("kind", "id", "state", "from", "to", "citation"), values, strict=True))


def _state(first: str, last: str | None, today: str, soon: str) -> str:
    if today < first:
        return "not yet"
    if last is not None and last < today:
        return "ended"
    return "ends soon" if last is not None and last <= soon else "on"


_TESTED = (
    Column(key="regime", title="Regime"),
    Column(key="test", title="Test", wraps=True),
    Column(key="passed", title="Passed", show=lambda passed: "yes" if passed else "NO"),
    Column(key="expected", title="Expected"),
    Column(key="verdict", title="Said"),
    Column(key="severity", title="Severity"),
)


@policy.command(epilog=examples("strandwatch policy test", "strandwatch policy test us-ut"))
@click.argument("regimes", nargs=-1, metavar="[REGIME]...")
@config_option
@format_option
def test(regimes: tuple[str, ...], config_path: Path | None, form: str) -> int:
    """Run the tests that regime files carry; without names those of the regimes that are on.

    Exits with 1 when one fails.
    """
    config = _with_regimes(read_config(config_path), regimes)
    by_id = {one.id: one for one in policy_in_force(config).regimes}
    outcomes = [
        (loaded.regime.id, rehearse(by_id[loaded.regime.id], case))
        for loaded in load_regimes(config.policy)
        for case in loaded.cases
    ]
    rows = [_test_row(regime_id, outcome) for regime_id, outcome in outcomes]
    print_records(rows, form, _TESTED, empty="None of these regimes carries a test.")
    failed = sum(not outcome.passed for _, outcome in outcomes)
    click.echo(f"{len(rows) - failed} of {len(rows)} tests passed.", err=True)
    return ExitCode.FINDINGS if failed else ExitCode.OK


def _test_row(regime_id: str, outcome: Outcome) -> JsonObject:
    expected = [outcome.case.expect.value]
    if outcome.case.severity is not None:
        expected.append(outcome.case.severity.value)
    return {
        "regime": regime_id,
        "test": outcome.case.name,
        "passed": outcome.passed,
        "expected": ", ".join(expected),
        "verdict": outcome.verdict.value,
        "severity": outcome.severity and outcome.severity.value,
    }


@policy.command(epilog=examples("strandwatch policy show", "strandwatch policy show us-dsp"))
@click.argument("regimes", nargs=-1, metavar="[REGIME]...")
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How to print it.",
)
def show(regimes: tuple[str, ...], config_path: Path | None, form: str) -> None:
    """Show regimes whole: recipients, thresholds, clocks, each with its citation."""
    config = read_config(config_path)
    shown = policy_in_force(_with_regimes(config, regimes))
    if form == "json":
        rows = [{**to_plain(one), "policy": shown.digest} for one in shown.regimes]
        print_records(rows, "json", (), empty="")
        return
    click.echo("\n\n".join("\n".join(_words(one)) for one in shown.regimes))
    off = sorted(set(known_regimes(config.policy)) - {one.id for one in shown.regimes})
    click.echo(f"\nNot shown: {', '.join(off) or 'none'}. Policy {shown.digest[:16]}.", err=True)


def _words(regime: Regime) -> Iterator[str]:
    until = f" to {regime.effective_to}" if regime.effective_to else ""
    yield f"{regime.id}: {regime.title}"
    yield f"  {regime.citation}; from {regime.effective_from}{until}; text: {regime.verified.value}"
    if regime.countries:
        yield f"  recipients in or controlled from {', '.join(sorted(regime.countries))}"
    if regime.not_countries:
        yield f"  recipients anywhere but in {', '.join(sorted(regime.not_countries))}"
    if regime.entities:
        yield f"  recipients named: {', '.join(sorted(regime.entities))}"
    yield f"  {regime.effect.value}, at most {regime.ceiling.value}, {regime.disposition}"
    for one in regime.thresholds:
        mark = "" if one.verified.value == "text" else f" [{one.verified.value}]"
        yield f"  more than {one.more_than:>7,} {one.category.value}: {one.citation}{mark}"
    if regime.combining_citation:
        yield f"  combined data, {regime.combining.value}: {regime.combining_citation}"
    for clock in regime.clocks:
        yield f"  {clock.hours} h from when {clock.starts}: {clock.title} ({clock.citation})"


def _with_regimes(config: Config, regimes: tuple[str, ...]) -> Config:
    if not regimes:
        return config
    return config.model_copy(
        update={"policy": config.policy.model_copy(update={"regimes": regimes})}
    )


_REJUDGED = (
    Column(key="started", title="Started", show=utc),
    Column(key="id", title="Transfer", show=lambda text: text[:8]),
    Column(key="jurisdictions", title="To"),
    Column(key="before", title="Now says"),
    Column(key="after", title="Would say"),
    Column(key="before_regimes", title="Under", wraps=True),
    Column(key="after_regimes", title="Would be under", wraps=True),
)


@policy.command(
    epilog=examples(
        "strandwatch policy rejudge --since '90 days ago' --regime us-dsp --regime local-residency",
        "strandwatch policy rejudge --with proposed.toml --format json",
    )
)
@click.option("--since", "since_ns", type=MomentOption(), metavar="TIME", help="Only since then.")
@click.option(
    "--with",
    "other",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A configuration file with the other policy. [default: the same with today's lists]",
)
@click.option("--regime", "regimes", multiple=True, metavar="ID", help="Other regimes; repeatable.")
@click.option("--all", "show_all", is_flag=True, help="Show also what stays the same.")
@config_option
@state_directory_option
@format_option
def rejudge(
    since_ns: int | None,
    other: Path | None,
    regimes: tuple[str, ...],
    show_all: bool,
    config_path: Path | None,
    state_directory: Path | None,
    form: str,
) -> int:
    """Judge recorded transfers by the policy in force and by another, and show what differs.

    Nothing is changed. Exits with 1 when something differs.
    """
    config = read_config(config_path)
    now_policy = policy_in_force(config)
    then_policy = policy_in_force(_with_regimes(read_config(other) if other else config, regimes))
    from_ns = since_ns or 0
    with Reader(record_path(config_path, state_directory)) as reader:
        transfers = list(reader.transfers_since(max(0, months_before(from_ns, _MONTHS))))
    looked = [
        one
        for one in rejudged(transfers, now_policy, then_policy)
        if one.transfer.updated_ns >= from_ns
    ]
    rows = [_rejudged_row(one) for one in looked if show_all or one.differs]
    print_records(rows, form, _REJUDGED, empty="Nothing would differ.")
    differing = sum(one.differs for one in looked)
    click.echo(f"{differing} of {len(looked)} transfers would be judged differently.", err=True)
    return ExitCode.FINDINGS if differing else ExitCode.OK


def _rejudged_row(one: Rejudged) -> JsonObject:
    return {
        "id": one.transfer.id,
        "started": rfc3339(one.transfer.started_ns),
        "jurisdictions": transfer_record(one.transfer)["destination"]["jurisdictions"],
        "before": _severity(one.before),
        "after": _severity(one.after),
        "before_regimes": _verdicts(one.before),
        "after_regimes": _verdicts(one.after),
    }


def _severity(decision: Decision) -> str:
    return "nothing" if decision.severity is None else decision.severity.value


def _verdicts(decision: Decision) -> list[str]:
    return [f"{one.id} {one.verdict.value}" for one in decision.verdicts]
