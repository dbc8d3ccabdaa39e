"""Messages are read by a real rsyslog as they were meant."""

import contextlib
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from strandwatch.sinks.opening import syslog_sink
from strandwatch.sinks.syslog import SyslogTarget
from support.builders import a_carried_file, a_transfer, an_alert


def free_port() -> int:
    """Give a port of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


RSYSLOGD = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"

pytestmark = pytest.mark.skipif(
    not Path(RSYSLOGD).exists(), reason="needs rsyslogd: apt install rsyslog"
)

CONFIGURATION = """
module(load="imtcp")
module(load="imudp")
global(workDirectory="{folder}" maxMessageSize="64k")
template(name="parts" type="list" option.jsonf="on") {{
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="facility" name="syslogfacility-text" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="facts" name="structured-data" format="jsonf")
  property(outname="text" name="msg" format="jsonf")
}}
ruleset(name="keep") {{ action(type="omfile" file="{folder}/got" template="parts") }}
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="keep")
input(type="imudp" address="127.0.0.1" port="{port}" ruleset="keep")
"""


@contextlib.contextmanager
def rsyslog(folder: Path, port: int) -> Iterator[None]:
    """Run a receiver that writes what it reads to `got`."""
    file = folder / "rsyslog.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port))
    program = subprocess.Popen(
        [RSYSLOGD, "-n", "-f", file, "-i", folder / "pid"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        program.terminate()
        program.wait(20)


def received(folder: Path, count: int) -> list[dict[str, str]]:
    """Wait for so many messages, and give what rsyslog made of them."""
    pause = threading.Event()
    for _ in range(400):
        got = folder / "got"
        lines = got.read_text().splitlines() if got.exists() else []
        if len(lines) >= count:
            return [json.loads(line) for line in lines]
        pause.wait(0.05)
    raise AssertionError(f"rsyslog has not got {count} messages")


@pytest.mark.slow
def test_rsyslog_reads_every_part(tmp_path: Path) -> None:
    path = '/runs/a "quoted]" \\ name.bam'
    transfer = a_transfer(files=(replace(a_carried_file(), path=path),))
    port = free_port()
    with rsyslog(tmp_path, port):
        target = SyslogTarget(transport="tcp", host="127.0.0.1", port=port)
        sink = syslog_sink(target, "json", tmp_path)
        for number in range(3):
            sink.deliver(an_alert(id=f"a{number}", transfer=transfer), repeat=False)
        got = received(tmp_path, 3)
        sink.close()

    records = [json.loads(message["text"].removeprefix("\ufeff").strip()) for message in got]
    assert [record["id"] for record in records] == ["a0", "a1", "a2"]
    assert records[0]["transfer"]["files"][0]["path"] == path
    assert (got[0]["severity"], got[0]["facility"], got[0]["app"]) == (
        "err",
        "authpriv",
        "strandwatch",
    )
    assert got[0]["time"].startswith("2026-11-18T11:06:40")
    assert got[0]["facts"].startswith('[strandwatch@32473 id="a0" state="open" severity="high"')


@pytest.mark.slow
def test_what_was_told_while_it_was_down_arrives_when_it_is_back(tmp_path: Path) -> None:
    port = free_port()
    target = SyslogTarget(transport="tcp", host="127.0.0.1", port=port)
    sink = syslog_sink(target, "cef", tmp_path)
    with rsyslog(tmp_path, port):
        sink.deliver(an_alert(id="before"), repeat=False)
        received(tmp_path, 1)
    sink.deliver(an_alert(id="meanwhile"), repeat=False)

    with rsyslog(tmp_path, port):
        got = received(tmp_path, 2)
        sink.close()

    assert "externalId=before" in got[0]["text"]
    assert "externalId=meanwhile" in got[1]["text"]
