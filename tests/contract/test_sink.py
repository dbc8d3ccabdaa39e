"""What every sink promises."""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from strandwatch.ports import Sink
from strandwatch.sinks.console import ConsoleSink
from strandwatch.sinks.jsonl import JsonLinesSink
from strandwatch.sinks.opening import syslog_sink, webhook_sink
from strandwatch.sinks.syslog import SyslogTarget
from strandwatch.sinks.webhook import WebhookTarget
from support.builders import an_alert
from support.runtime import StillClock

Open = Callable[[Path], Sink]
SINKS: dict[str, Open] = {
    "console": lambda _: ConsoleSink(StringIO()),
    "syslog": lambda folder: syslog_sink(
        SyslogTarget(transport="local", path=str(folder / "log")), "cef", folder
    ),
    "webhook": lambda folder: webhook_sink(
        WebhookTarget(url="http://127.0.0.1:9/"), "json", folder, StillClock()
    ),
    "jsonl": lambda folder: JsonLinesSink(folder / "alerts.jsonl"),
}


@pytest.fixture(params=list(SINKS.values()), ids=list(SINKS))
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sink]:
    opened: Sink = request.param(tmp_path)
    yield opened
    opened.close()


def test_it_takes_new_and_repeated_alerts(sink: Sink) -> None:
    sink.deliver(an_alert(), repeat=False)
    sink.deliver(an_alert(), repeat=True)


def test_it_has_a_name_that_health_and_queues_can_use(sink: Sink) -> None:
    assert sink.name.isidentifier()


def test_closing_is_safe_twice_and_without_use(sink: Sink) -> None:
    sink.close()
    sink.close()
