"""`strandwatch verify`."""

import json
import sqlite3
from pathlib import Path

from structlog.testing import capture_logs

from strandwatch.errors import ExitCode
from support.builders import START_NS, a_flow_record, a_loss, a_transfer, an_alert
from support.command_line import Shell, ask


def test_an_untouched_record_is_intact_and_tells_its_head(shell: Shell) -> None:
    shell.record(a_transfer(), an_alert())

    answer = shell("verify")
    record = json.loads(shell("verify", "--format", "json").out)

    assert answer.code == ExitCode.OK
    assert answer.out.startswith(f"{shell.state}/record.db: intact\n")
    assert record["intact"] is True
    assert f"head {record['head']}" in answer.out


def test_a_changed_record_is_named(shell: Shell) -> None:
    shell.record(a_transfer(), an_alert())
    with sqlite3.connect(shell.state / "record.db") as connection:
        connection.execute("UPDATE transfers SET json = replace(json, 'alice', 'mallory')")
    connection.close()

    answer = shell("verify")
    record = json.loads(shell("verify", "--format", "json").out)

    assert answer.code == ExitCode.FINDINGS
    assert "NOT INTACT" in answer.out
    assert "first bad record: transfer t1 (number 1): altered" in answer.out
    assert record["problem"] == {"seq": 1, "kind": "transfer", "key": "t1", "flaw": "altered"}


def test_a_cut_off_end_shows_against_a_noted_head(shell: Shell) -> None:
    shell.record(a_transfer())
    early = json.loads(shell("verify", "--format", "json").out)["head"]
    shell.record(a_flow_record())

    assert shell("verify", "--head", early).code == ExitCode.OK
    for head in ("00" * 32, "not hex"):
        answer = shell("verify", "--head", head)
        assert answer.code == ExitCode.FINDINGS
        assert "cut off or rewritten" in answer.out


def test_a_copy_is_verified_where_it_lies(shell: Shell) -> None:
    shell.record(a_transfer())

    answer = ask(shell.capsys, "verify", str(shell.state / "record.db"))

    assert answer.code == ExitCode.OK


def test_a_file_that_is_no_record_is_refused(shell: Shell) -> None:
    file = shell.state / "other.db"
    file.write_bytes(b"nothing like a database" * 100)

    answer = ask(shell.capsys, "verify", str(file))

    assert answer.code == ExitCode.STORE
    assert str(file) in answer.err


def test_the_anchors_of_a_log_kept_elsewhere_must_fit(shell: Shell, tmp_path: Path) -> None:
    log = tmp_path / "kept-elsewhere.log"
    with capture_logs() as logs:
        shell.record(a_transfer(id="first"))
        shell.record(a_loss(START_NS + 86_400 * 10**9))
    log.write_text("".join(json.dumps(entry) + "\n" for entry in logs))

    fitting = shell("verify", "--anchors", str(log))
    (shell.state / "record.db").unlink()
    shell.record(a_transfer(id="forged"), a_loss())
    rewritten = shell("verify", "--anchors", str(log))

    assert (fitting.code, rewritten.code) == (0, 1)
    assert "2 signed anchors fit" in fitting.out
    assert "not anchored" in rewritten.out
