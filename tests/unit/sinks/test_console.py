"""The console sink."""

from dataclasses import replace
from io import StringIO

import pytest

from strandwatch.errors import SinkError
from strandwatch.sinks.console import ConsoleSink
from support.builders import START_NS, a_transfer, an_alert


def test_an_alert_is_told_in_full_and_its_growth_in_a_line() -> None:
    stream = StringIO()
    sink = ConsoleSink(stream)
    grown = replace(
        an_alert(transfer=a_transfer(sent_bytes=5_000_000)),
        count=3,
        updated_ns=START_NS + 120 * 10**9,
    )

    sink.deliver(an_alert(), repeat=False)
    first = stream.getvalue()
    sink.deliver(grown, repeat=True)
    sink.deliver(
        replace(grown, transfer=replace(grown.transfer, ended_ns=grown.updated_ns)), repeat=True
    )

    lines = stream.getvalue().removeprefix(first).splitlines()
    assert "Which files" in first
    assert lines == [
        "HIGH to CN: 5 MB, under way, 3 transfers in 2 min (alert a1)",
        "HIGH to CN: 5 MB, ended, 3 transfers in 2 min (alert a1)",
    ]


def test_colour_stays_out_of_journals() -> None:
    stream = StringIO()

    ConsoleSink(stream).deliver(an_alert(), repeat=False)

    assert "\x1b" not in stream.getvalue()


def test_a_closed_terminal_is_a_sink_error() -> None:
    stream = StringIO()
    sink = ConsoleSink(stream)
    stream.close()

    with pytest.raises(SinkError):
        sink.deliver(an_alert(), repeat=False)
