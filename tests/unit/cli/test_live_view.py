"""The live view's frame."""

import io
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from strandwatch.cli.live_view import STALE_NS, Look, Rates, frame
from support.builders import SECOND, START_NS, a_carried_file, a_transfer, an_alert

NOW_NS = START_NS + 90 * SECOND


def a_health(**changes: Any) -> dict[str, Any]:
    """A daemon that is well."""
    flows = {"name": "flows.kernel", "tier": "kernel", "working": True, "note": ""}
    return {
        "state": "ready",
        "version": "0.1.0",
        "started_ns": START_NS,
        "updated_ns": NOW_NS,
        "sources": [flows],
        "parts": [],
        "losses": [],
        **changes,
    }


def a_look(**changes: Any) -> Look:
    """One transfer and one alert under a daemon that is well."""
    given_ = {
        "now_ns": NOW_NS,
        "health": a_health(),
        "transfers": [a_transfer()],
        "alerts": [an_alert()],
    }
    return Look(**{**given_, **changes})


def shown(look: Look, rates: Rates | None = None, width: int = 128) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(frame(look, rates or Rates(), width=width))
    return stream.getvalue()


def test_a_look_tells_state_transfers_and_alerts() -> None:
    text = shown(a_look())

    for words in (
        "strandwatch 0.1.0  ready  up 1 min 30 s",
        "sees by flows.kernel (kernel)",
        "1 MB",
        "alice  curl     CN  203.0.113.10  sample10.bam",
        "a1  high      open   2026-11-18 11:06Z  alice  curl     CN",
        "2026-11-18 11:08:10Z   Ctrl-C ends",
    ):
        assert words in text


def test_what_does_not_work_is_named() -> None:
    broken = {"name": "names", "tier": "packets", "working": False, "note": "needs\x1b CAP_NET_RAW"}
    losses = [{"source": "files", "reason": "overflow", "count": 7}]

    text = shown(a_look(health=a_health(state="degraded", parts=[broken], losses=losses)))

    assert "degraded" in text
    assert r"not working: names: needs\x1b CAP_NET_RAW" in text
    assert "7 observations lost" in text


def test_a_daemon_that_is_gone_is_not_taken_for_one_that_runs() -> None:
    old = a_health(updated_ns=NOW_NS - STALE_NS - SECOND)

    assert "not running: last seen 16 s ago" in shown(a_look(health=old))
    assert "has not run with this state directory" in shown(a_look(health=None))


def test_an_empty_or_unreadable_record_is_said() -> None:
    text = shown(a_look(transfers=[], alerts=[], problem="no record there"))

    assert text.count("none") == 2
    assert "no record there" in text


def test_a_narrow_terminal_keeps_the_files() -> None:
    files = (replace(a_carried_file(), path="/runs/" + "long" * 30 + ".bam"),)

    text = shown(a_look(transfers=[a_transfer(files=files)]), width=80)

    assert max(map(len, text.splitlines())) <= 80
    assert ".bam" in text
    assert "Host" not in text


def test_what_is_unknown_is_a_mark() -> None:
    unknown = replace(a_transfer(sent_bytes=None), process=None, destination=None)

    text = shown(a_look(transfers=[unknown], alerts=[an_alert(transfer=unknown)]))

    assert "?" in text


def test_a_rate_is_known_after_the_record_has_grown() -> None:
    rates, first = Rates(), a_transfer(sent_bytes=1_000_000)
    grown = replace(first, sent_bytes=5_000_000, updated_ns=first.updated_ns + 2 * SECOND)

    rates.update([first])
    before = rates.of(first)
    rates.update([grown])
    rates.update([grown])

    assert (before, rates.of(grown)) == ("", "2 MB/s")
    rates.update([])
    assert rates.of(grown) == ""


@given(st.lists(st.tuples(st.integers(0, 10**12), st.none() | st.integers(0, 10**15)), max_size=6))
def test_no_order_of_records_gives_a_rate_below_nought(looks: list[tuple[int, int | None]]) -> None:
    rates = Rates()
    for at_ns, sent in looks:
        rates.update([replace(a_transfer(sent_bytes=sent), updated_ns=at_ns)])

    assert "-" not in rates.of(a_transfer())
