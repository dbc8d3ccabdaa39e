"""`strandwatch alerts`: the list, each whole, and handling."""

import pytest

from strandwatch.domain.alert import AlertState, Severity
from strandwatch.domain.contract import alert_record
from strandwatch.errors import ExitCode
from support.builders import a_carried_file, a_transfer, an_alert
from support.command_line import Shell


def test_the_list_needs_no_verb(shell: Shell) -> None:
    shell.record(an_alert())

    answer = shell("alerts", "--format", "json")

    assert answer.code == ExitCode.OK
    assert answer.records == [alert_record(an_alert())]


def test_alerts_are_found_by_state_and_severity(shell: Shell) -> None:
    shell.record(
        an_alert(id="a1", severity=Severity.LOW),
        an_alert(id="a2", state=AlertState.CLOSED, severity=Severity.CRITICAL),
    )

    assert shell("alerts", "--state", "open", "--severity", "low", "--count").out == "1\n"
    assert shell("alerts", "--severity", "high", "--count").out == "0\n"
    either = shell("alerts", "--severity", "critical", "--severity", "low", "--format", "json")
    assert {record["id"] for record in either.records} == {"a1", "a2"}


def test_the_table_tells_who_what_and_where(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    files = (a_carried_file(1), a_carried_file(2))
    shell.record(an_alert(id="abcdef0123456789", transfer=a_transfer(files=files)))

    heading, row = shell("alerts").out.splitlines()

    assert heading.startswith("Id        Severity  State")
    for words in ("abcdef01  ", "high", "open", "alice", "curl", "CN", "203.0.113.10", "1 MB"):
        assert words in row
    assert row.endswith("sample1.bam +1")


def test_one_alert_is_shown_whole(shell: Shell) -> None:
    shell.record(an_alert(id="abcdef"))

    answer = shell("alerts", "show", "abc")

    assert "potential transfer of human genomic data to CN" in answer.out
    assert "/runs/A/sample10.bam" in answer.out


@pytest.mark.parametrize("beginning", ["zz", ""])
def test_an_alert_that_is_not_there_is_a_wrong_use(shell: Shell, beginning: str) -> None:
    shell.record(an_alert())

    answer = shell("alerts", "show", beginning)

    assert answer.code == ExitCode.USAGE
    assert f"no alert begins with {beginning!r}" in answer.err


def test_a_beginning_that_several_share_names_them(shell: Shell) -> None:
    shell.record(an_alert(id="ab1"), an_alert(id="ab2"), an_alert(id="c"))

    answer = shell("alerts", "show", "ab")

    assert answer.code == ExitCode.USAGE
    assert "ab1" in answer.err
    assert "ab2" in answer.err


@pytest.mark.parametrize(
    ("verb", "state"), [("ack", "acknowledged"), ("close", "closed"), ("reopen", "open")]
)
def test_handling_is_kept_with_who_and_why(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, verb: str, state: str
) -> None:
    before = AlertState.ACKNOWLEDGED if verb == "reopen" else AlertState.OPEN
    shell.record(an_alert(id="a1b2", state=before))
    monkeypatch.setenv("SUDO_USER", "alice")
    monkeypatch.setattr("os.geteuid", lambda: 0)

    answer = shell("alerts", verb, "a1", "--reason", "agreed partner")

    assert (answer.code, answer.out) == (ExitCode.OK, "")
    assert answer.err == f"a1b2 is {state}\n"
    (record,) = shell("alerts", "show", "a1", "--format", "json").records
    assert record["state"] == state
    (handling,) = record["handling"]
    assert (handling["by"], handling["state"]) == ("alice", state)
    assert handling["reason"] == "agreed partner"
    assert f"{state} by alice: agreed partner" in shell("alerts", "show", "a1").out


@pytest.mark.parametrize("words", [(), ("--reason", "  ")])
def test_handling_needs_a_reason(shell: Shell, words: tuple[str, ...]) -> None:
    shell.record(an_alert())

    answer = shell("alerts", "close", "a1", *words)

    assert answer.code == ExitCode.USAGE
    assert "reason" in answer.err
    assert shell("alerts", "--format", "json").records[0]["state"] == "open"


def test_the_account_is_told_without_sudo(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.record(an_alert())
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setattr("getpass.getuser", lambda: "bob")

    shell("alerts", "ack", "a1", "--reason", "mine")

    (record,) = shell("alerts", "show", "a1", "--format", "json").records
    assert record["handling"][0]["by"] == "bob"


def test_the_state_directory_may_stand_before_the_verb(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    from support.command_line import ask

    shell.record(an_alert())

    answer = ask(
        capsys, "alerts", "--state-directory", str(shell.state), "show", "a1", "--format", "json"
    )

    assert answer.records[0]["id"] == "a1"
