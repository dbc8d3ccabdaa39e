"""`strandwatch export`."""

import json
from pathlib import Path

import duckdb
import pytest

from strandwatch.domain.contract import transfer_record
from strandwatch.errors import ExitCode
from support.builders import START_NS, a_flow_record, a_transfer, an_alert
from support.command_line import Shell


def test_json_lines_are_the_contracts_records(shell: Shell) -> None:
    shell.record(a_transfer())

    answer = shell("export", "transfers")

    assert [json.loads(line) for line in answer.out.splitlines()] == [transfer_record(a_transfer())]


def test_zeek_tools_are_at_home(shell: Shell, tmp_path: Path) -> None:
    shell.record(a_flow_record(1), a_flow_record(2, at_ns=START_NS + 10**9))
    log = tmp_path / "conn.log"

    answer = shell("export", "flows", "--as", "zeek", "--output", str(log))

    assert (answer.code, answer.out) == (0, "")
    lines = log.read_text().splitlines()
    assert lines[0] == "#separator \\x09"
    assert len([line for line in lines if not line.startswith("#")]) == 2


def test_alerts_are_ocsf_findings(shell: Shell) -> None:
    shell.record(an_alert())

    (line,) = shell("export", "alerts", "--as", "ocsf").out.splitlines()

    assert json.loads(line)["class_uid"] == 2006


def test_parquet_is_written_to_a_file(shell: Shell, tmp_path: Path) -> None:
    shell.record(a_flow_record(1), a_flow_record(2))
    path = tmp_path / "flows.parquet"

    answer = shell("export", "flows", "--as", "parquet", "--output", str(path))

    assert answer.err == f"{path}: 2 flows\n"
    with duckdb.connect(":memory:") as connection:
        assert connection.execute(f"SELECT count(*) FROM '{path}'").fetchone() == (2,)  # noqa: S608


def test_times_choose(shell: Shell) -> None:
    shell.record(a_flow_record(1))

    assert shell("export", "flows", "--since", "2026-11-19").out == ""
    assert len(shell("export", "flows", "--until", "2026-11-19").out.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("alerts", "--as", "zeek"),
        ("flows", "--as", "ocsf"),
        ("flows", "--as", "parquet"),
        ("nothing",),
    ],
)
def test_what_does_not_fit_is_a_usage_error(shell: Shell, words: tuple[str, ...]) -> None:
    shell.record(a_flow_record(1))

    answer = shell("export", *words)

    assert (answer.code, answer.out) == (ExitCode.USAGE, "")


def test_a_place_that_cannot_be_written_is_named(shell: Shell, tmp_path: Path) -> None:
    shell.record(a_flow_record(1))

    answer = shell("export", "flows", "--output", str(tmp_path / "nowhere" / "x"))

    assert answer.code == ExitCode.STORE
    assert "nowhere" in answer.err
