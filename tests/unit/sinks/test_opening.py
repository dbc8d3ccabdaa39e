"""Sinks put together: every form, through the spool, to a real receiver."""

import json
from pathlib import Path

import pytest

from strandwatch.errors import SinkError
from strandwatch.sinks.opening import FORMS, read_secret, syslog_sink, webhook_sink
from strandwatch.sinks.syslog import SyslogTarget
from strandwatch.sinks.webhook import WebhookTarget
from support.builders import an_alert
from support.receivers import answering, keeping, receiving
from support.runtime import StillClock


@pytest.mark.parametrize("form", FORMS)
def test_every_form_reaches_a_web_address(form: str, tmp_path: Path) -> None:
    with receiving(answering("200 OK")) as receiver:
        target = WebhookTarget(url=f"http://127.0.0.1:{receiver.port}/")
        sink = webhook_sink(target, form, tmp_path, StillClock())
        sink.deliver(an_alert(), repeat=False)
        body = receiver.got.get(timeout=10).partition(b"\r\n\r\n")[2]
        sink.close()

    assert b"a1" in body or form == "text"
    if form in ("json", "ocsf", "ecs"):
        assert json.loads(body)
    else:
        assert b"potential transfer" in body


@pytest.mark.parametrize("form", FORMS)
def test_every_form_reaches_a_syslog_receiver(form: str, tmp_path: Path) -> None:
    with receiving(keeping) as receiver:
        target = SyslogTarget(transport="tcp", host="127.0.0.1", port=receiver.port)
        sink = syslog_sink(target, form, tmp_path)
        sink.deliver(an_alert(), repeat=False)
        message = receiver.got.get(timeout=10)
        sink.close()

    length, _, rest = message.partition(b" ")
    assert int(length) == len(rest)
    assert rest.startswith(b"<83>1 2026-11-18T11:06:40.000000Z ")


def test_a_receiver_that_comes_back_gets_everything_in_order(tmp_path: Path) -> None:
    with receiving(answering("503 Busy"), answering("200 OK")) as receiver:
        target = WebhookTarget(url=f"http://127.0.0.1:{receiver.port}/")
        sink = webhook_sink(target, "json", tmp_path, StillClock())
        for number in range(3):
            sink.deliver(an_alert(id=f"a{number}"), repeat=False)
        bodies = [receiver.got.get(timeout=20).partition(b"\r\n\r\n")[2] for _ in range(4)]
        sink.close()

    assert [json.loads(body)["id"] for body in bodies] == ["a0", "a0", "a1", "a2"]


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    (tmp_path / "empty").write_text("\n")

    assert read_secret(tmp_path / "secret") == b"s3cret"
    for name in ("empty", "missing"):
        with pytest.raises(SinkError, match=name):
            read_secret(tmp_path / name)
