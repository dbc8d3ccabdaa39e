"""`strandwatch sinks`."""

import json
from pathlib import Path

import pytest

from strandwatch.errors import ExitCode
from strandwatch.sinks.spool import Parcel, Spool
from support.command_line import Shell
from support.receivers import answering, keeping, receiving


def a_config(folder: Path, hook: int, collector: int) -> str:
    file = folder / "a.toml"
    file.write_text(
        f"[sinks.webhook]\nenabled = true\nurl = 'http://127.0.0.1:{hook}/T0KEN'\n"
        f"[sinks.syslog]\nenabled = true\naddress = 'tcp://127.0.0.1:{collector}'\n"
    )
    return str(file)


def test_a_test_alert_reaches_every_receiver(shell: Shell) -> None:
    with receiving(answering("200 OK")) as hook, receiving(keeping) as collector:
        config = a_config(shell.state, hook.port, collector.port)

        answer = shell("sinks", "test", "--config", config)
        posted, written = hook.got.get(timeout=10), collector.got.get(timeout=10)

    assert answer.code == ExitCode.OK
    assert answer.out.count("delivered") == 2
    assert "T0KEN" not in answer.out
    record = json.loads(posted.partition(b"\r\n\r\n")[2])
    assert (record["id"], record["severity"]) == ("test", "info")
    assert "this is a test" in record["visibility"]["notes"][0]
    assert b"externalId=test" in written


def test_a_receiver_that_does_not_take_it_is_a_finding(shell: Shell) -> None:
    with receiving(answering("404 Where")) as hook, receiving(keeping) as collector:
        config = a_config(shell.state, hook.port, collector.port)

        rows = shell("sinks", "test", "--config", config, "--format", "json")

    by_name = {row["sink"]: row for row in rows.records}
    assert rows.code == ExitCode.FINDINGS
    assert by_name["webhook"]["problem"] == "webhook: answered 404"
    assert by_name["syslog"]["result"] == "delivered"


def test_what_waits_and_what_was_refused_is_told(shell: Shell) -> None:
    spool = Spool(shell.state / "webhook.spool", max_parcels=9, max_bytes=999)
    spool.open()
    for key in ("a", "b"):
        spool.put(Parcel(key, b"x"))
    found = spool.first()
    assert found is not None
    spool.bury(*found, "webhook: answered 400")

    answer = shell("sinks", "status", "--config", a_config(shell.state, 9, 9), "--format", "json")
    spool.close()

    by_name = {row["sink"]: row for row in answer.records}
    assert answer.code == ExitCode.FINDINGS
    assert by_name["webhook"] == {
        "sink": "webhook",
        "to": "http://127.0.0.1:9/...",
        "format": "json",
        "waiting": 1,
        "refused": 1,
        "last_refusal": "webhook: answered 400",
    }
    assert (by_name["syslog"]["waiting"], by_name["syslog"]["refused"]) == (0, 0)


@pytest.mark.parametrize("verb", ["status", "test"])
def test_without_receivers_it_says_how_to_have_one(shell: Shell, verb: str) -> None:
    answer = shell("sinks", verb)

    assert (answer.code, answer.out) == (ExitCode.OK, "")
    assert "[sinks.webhook]" in answer.err
