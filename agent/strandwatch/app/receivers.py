"""Receivers elsewhere: the sinks that carry alerts off this machine, from their plans."""

from collections.abc import Callable, Iterator
from pathlib import Path

import structlog

from strandwatch.errors import SinkError
from strandwatch.ports import Clock
from strandwatch.runtime.health import Health
from strandwatch.runtime.plan import AgentPlan, SyslogPlan, WebhookPlan
from strandwatch.sinks.opening import read_secret, syslog_sink, webhook_sink
from strandwatch.sinks.spooled import SpooledSink
from strandwatch.sinks.syslog import SyslogTarget
from strandwatch.sinks.webhook import WebhookTarget

log = structlog.get_logger()


def receivers(plan: AgentPlan, clock: Clock, health: Health) -> Iterator[SpooledSink]:
    """Start what the plan names; one that cannot start is a degraded part, and the others go on."""
    for name, make in planned(plan, clock):
        try:
            sink = make()
            sink.start()
        except SinkError as error:
            log.error("sink_cannot_start", sink=name, error=str(error))
            health.degraded(f"sink {name}", str(error))
            continue
        yield sink


def planned(plan: AgentPlan, clock: Clock) -> list[tuple[str, Callable[[], SpooledSink]]]:
    """Give the names of the receivers that the plan names, and what makes their sinks."""
    folder = Path(plan.state_directory)
    makers: list[tuple[str, Callable[[], SpooledSink]]] = []
    if (syslog := plan.syslog) is not None:
        makers.append(("syslog", lambda: _syslog(syslog, folder)))
    if (webhook := plan.webhook) is not None:
        makers.append(("webhook", lambda: _webhook(webhook, folder, clock)))
    return makers


def _syslog(plan: SyslogPlan, folder: Path) -> SpooledSink:
    target = SyslogTarget(
        transport=plan.transport,
        host=plan.host,
        port=plan.port,
        path=plan.path,
        authority=_path(plan.authority),
        certificate=_path(plan.certificate),
        key=_path(plan.key),
    )
    return syslog_sink(target, plan.form, folder)


def _webhook(plan: WebhookPlan, folder: Path, clock: Clock) -> SpooledSink:
    secret = None if plan.secret_file is None else read_secret(Path(plan.secret_file))
    target = WebhookTarget(url=plan.url, secret=secret, authority=_path(plan.authority))
    return webhook_sink(target, plan.form, folder, clock)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
