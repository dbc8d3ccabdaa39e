"""`strandwatch demo`: the whole path on this machine, with no set-up."""

import signal
import sys
import textwrap
from types import FrameType
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from strandwatch.errors import ExitCode
from strandwatch.lab import privileges
from strandwatch.lab.daemon import STRANDWATCH
from strandwatch.lab.demo import Outcome, run_demo
from strandwatch.lab.programs import require_programs

_MARK_WIDTH = 6


@click.command()
def demo() -> int:
    """Show the whole path: a run folder, real uploads, and the alert about one of them.

    Builds a lab of network namespaces with a host in a country of concern and one in the US,
    starts the real daemon in it, uploads with real clients, shows the alert, and leaves nothing
    behind. Exits with 1 when the daemon did not say what it should.
    """
    require_programs("curl", "ip")
    if not privileges.may_build_network():
        privileges.enter_user_namespace([*STRANDWATCH, "demo"])
    signal.signal(signal.SIGTERM, _end)
    console = Console(highlight=False)
    outcome = run_demo(lambda line: _tell(console, "·", line, "dim"))
    _show(console, outcome)
    return ExitCode.FINDINGS if outcome.problems else ExitCode.OK


def _show(console: Console, outcome: Outcome) -> None:
    for block in outcome.blocks[:1]:
        console.print()
        # Printed as the other command gave it, so that the demonstration shows what operators see.
        console.print(Text(block.rstrip()), soft_wrap=True)
        console.print()
    for alert in outcome.alerts[1:]:
        _tell(console, alert["severity"], _summary(alert), "red")
    for sent in () if outcome.problems else outcome.quiet:
        _tell(console, "quiet", f"recorded, and no alert: {sent.said()}", "green")
    _tell(console, "seen", _tiers(outcome.health), "dim")
    for problem in outcome.problems:
        _tell(console, "wrong", problem, "bold red")


def _tell(console: Console, mark: str, line: str, style: str) -> None:
    hanging = " " * (_MARK_WIDTH + 3)
    first, *rest = textwrap.wrap(line, max(40, console.width - len(hanging))) or [""]
    body = "".join(f"\n{hanging}{part}" for part in rest)
    console.print(Text.assemble("  ", (mark.rjust(_MARK_WIDTH), style), f" {first}{body}"))


def _summary(alert: dict[str, Any]) -> str:
    transfer = alert["transfer"]
    files = ", ".join(file["path"].rpartition("/")[2] for file in transfer["files"])
    program = (transfer["process"] or {}).get("executable") or "an unknown program"
    return f"another alert: {files} by {program} to {transfer['destination']['address']}"


def _tiers(health: dict[str, Any]) -> str:
    sources = health.get("sources", ())
    parts = [f"{source['name']} by the {source['tier']} tier" for source in sources]
    notes = [f"{source['name']}: {source['note']}" for source in sources if source["note"]]
    return "; ".join(("through " + ", ".join(parts), *notes))


def _end(number: int, _frame: FrameType | None) -> None:
    # An exit unwinds the lab's context managers, which take everything away again.
    sys.exit(128 + number)
