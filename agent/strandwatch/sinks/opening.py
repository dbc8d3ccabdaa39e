"""Putting sinks together: a form for the alerts, a spool, and a carrier to the receiver."""

import json
import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from strandwatch import __version__
from strandwatch.domain.alert import Alert
from strandwatch.domain.contract import JsonObject, alert_record
from strandwatch.errors import SinkError
from strandwatch.ports import Clock
from strandwatch.sinks.formats import cef, ecs, ocsf, rfc5424, summary
from strandwatch.sinks.spool import Spool
from strandwatch.sinks.spooled import Render, SpooledSink
from strandwatch.sinks.syslog import SyslogCarrier, SyslogTarget
from strandwatch.sinks.webhook import WebhookCarrier, WebhookTarget

SPOOL_PARCELS = 500_000
SPOOL_BYTES = 2 << 30
"""An hour without the receiver at a hundred alerts a second fits."""

Form = Callable[[JsonObject, bool, str], str]
"""Gives the text of an alert record; told before or not, and this machine's name."""

FORMS: dict[str, Form] = {
    "json": lambda record, repeat, _host: _json({**record, "repeat": repeat}),
    "ocsf": lambda record, repeat, host: _json(ocsf.finding(record, repeat=repeat, host=host)),
    "ecs": lambda record, repeat, host: _json(ecs.document(record, repeat=repeat, host=host)),
    "cef": lambda record, repeat, host: cef.line(
        record, repeat=repeat, host=host, version=__version__
    ),
    "text": lambda record, _repeat, _host: summary.message(record),
}


def syslog_sink(target: SyslogTarget, form: str, folder: Path) -> SpooledSink:
    """Give a sink that writes to a syslog receiver; its spool lies in the folder."""
    render: Render = partial(_framed, FORMS[form], socket.gethostname())
    return SpooledSink("syslog", render, SyslogCarrier(target), _spool(folder, "syslog"))


def webhook_sink(target: WebhookTarget, form: str, folder: Path, clock: Clock) -> SpooledSink:
    """Give a sink that posts to a web address; its spool lies in the folder."""
    render: Render = partial(_body, FORMS[form], socket.gethostname())
    return SpooledSink("webhook", render, WebhookCarrier(target, clock), _spool(folder, "webhook"))


def read_secret(path: Path) -> bytes:
    """Give the secret in a file, without the end of its line; raises SinkError."""
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise SinkError(f"secret {path.name}: {error.strerror}") from error
    if not secret:
        raise SinkError(f"secret {path.name}: the file is empty")
    return secret


def _body(form: Form, host: str, alert: Alert, repeat: bool) -> bytes:
    return form(alert_record(alert), repeat, host).encode("utf-8", "backslashreplace")


def _framed(form: Form, host: str, alert: Alert, repeat: bool) -> bytes:
    record = alert_record(alert)
    return rfc5424.frame(record, form(record, repeat, host), host=host, pid=os.getpid())


def _json(record: JsonObject) -> str:
    return json.dumps(record, separators=(",", ":"))


def _spool(folder: Path, name: str) -> Spool:
    path = folder / f"{name}.spool"
    return Spool(path, max_parcels=SPOOL_PARCELS, max_bytes=SPOOL_BYTES)
