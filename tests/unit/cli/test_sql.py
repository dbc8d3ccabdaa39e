"""`strandwatch sql`."""

import json

import pytest

from strandwatch.errors import ExitCode
from support.builders import a_flow_record, a_transfer
from support.command_line import Shell


def test_a_question_is_answered_in_every_form(shell: Shell) -> None:
    shell.record(a_flow_record(1), a_flow_record(2))
    words = ("sql", "SELECT user, count(*) AS flows FROM flows GROUP BY user")

    assert shell(*words, "--format", "json").records == [{"user": "alice", "flows": 2}]
    assert shell(*words, "--format", "csv").out == "user,flows\nalice,2\n"
    assert shell(*words).out.splitlines()[1].split() == ["alice", "2"]


def test_columns_of_one_name_stay_apart(shell: Shell) -> None:
    shell.record(a_transfer())

    (record,) = shell("sql", "SELECT 1, 1, 2 AS '1'", "--format", "json").records

    assert record == {"1": 1, "1_2": 1, "1_3": 2}


def test_without_a_question_the_views_are_listed(shell: Shell) -> None:
    views = {row["view"]: row["columns"] for row in shell("sql", "--format", "json").records}

    assert {"alerts", "transfers", "flows", "files"} <= set(views)
    assert "sent_bytes" in views["transfers"]
    assert "record" in views["transfers"]


@pytest.mark.parametrize(
    "statement", ["DROP TABLE alerts", "SELECT", "DELETE FROM flows", "SELECT nope FROM flows", ""]
)
def test_nothing_but_a_question_is_taken(shell: Shell, statement: str) -> None:
    shell.record(a_transfer())

    answer = shell("sql", statement)

    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert "sql: " in answer.err


def test_the_whole_record_can_be_taken_apart(shell: Shell) -> None:
    shell.record(a_transfer())

    answer = shell("sql", "SELECT record ->> '$.files[0].path' AS path FROM transfers",
                   "--format", "json")  # fmt: skip

    assert json.loads(answer.out)["path"] == "/runs/A/sample10.bam"
