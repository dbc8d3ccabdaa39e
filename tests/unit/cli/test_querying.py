"""Asking the record from the command line."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from strandwatch.cli import querying
from strandwatch.cli.querying import SHOWN, Amount, Country, record_path
from strandwatch.errors import ExitCode
from support.builders import (
    a_file_record,
    a_flow,
    a_flow_record,
    a_process_record,
    a_transfer,
    an_alert,
)
from support.command_line import Shell

TABLES = ["alerts", "transfers", "flows", "files", "processes"]


@pytest.mark.parametrize("command", TABLES)
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_every_record_is_printed_in_every_form(shell: Shell, command: str, form: str) -> None:
    shell.record(an_alert(), a_transfer(), a_flow_record(), a_file_record(), a_process_record())

    answer = shell(command, "--format", form)

    assert (answer.code, answer.err) == (ExitCode.OK, "")
    assert len(answer.out.splitlines()) == {"table": 2, "json": 1, "csv": 2}[form]


@pytest.mark.parametrize("command", TABLES)
def test_counting_gives_the_number_alone(shell: Shell, command: str) -> None:
    shell.record(an_alert(), a_transfer(), a_flow_record(), a_file_record(), a_process_record())

    assert shell(command, "--count").out == "1\n"
    assert shell(command, "--count", "--format", "json").records == [{"count": 1}]


@pytest.mark.parametrize("command", TABLES)
def test_without_a_record_the_exit_code_is_the_stores(shell: Shell, command: str) -> None:
    answer = shell(command)

    assert answer.code == ExitCode.STORE
    assert "no record there" in answer.err
    assert "strandwatch run" in answer.err


@pytest.mark.parametrize("command", TABLES)
def test_an_empty_answer_says_so_aside(shell: Shell, command: str) -> None:
    shell.record()

    answer = shell(command)

    assert (answer.code, answer.out) == (ExitCode.OK, "")
    assert answer.err == f"No {command} match in {shell.state}/record.db.\n"


def test_filters_join(shell: Shell) -> None:
    shell.record(a_flow_record(1), a_flow_record(2, flow=a_flow("198.51.100.9")))

    answer = shell("flows", "--address", "198.51.100.0/24", "--process", "curl", "--format", "json")

    assert [record["destination"]["address"] for record in answer.records] == ["198.51.100.9"]
    assert shell("flows", "--min-bytes", "1TB", "--count").out == "0\n"


def test_a_table_shows_so_many_and_says_how_many_are_left(shell: Shell) -> None:
    shell.record(*(an_alert(id=f"a{number}") for number in range(SHOWN + 5)))

    assert len(shell("alerts").out.splitlines()) == 1 + SHOWN
    assert shell("alerts").err == "5 more match: --limit 0 shows all.\n"
    assert len(shell("alerts", "--limit", "0").out.splitlines()) == 1 + SHOWN + 5
    assert len(shell("alerts", "--format", "json").records) == SHOWN + 5
    assert len(shell("alerts", "--format", "json", "--limit", "2").records) == 2


def test_moments_may_be_relative(shell: Shell) -> None:
    shell.record(an_alert())

    assert shell("alerts", "--since", "2026-11-18", "--count").out == "1\n"
    assert shell("alerts", "--until", "2026-11-18", "--count").out == "0\n"
    assert shell("alerts", "--until", "9000 weeks ago", "--count").out == "0\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--since", "tomorow"), "2 days ago"),
        (("--min-bytes", "many"), "5MB"),
        (("--country", "China"), "alpha-2"),
        (("--sort", "mood"), "updated"),
        (("--limit", "-1"), "0"),
    ],
)
def test_a_filter_that_is_not_understood_gives_examples(
    shell: Shell, words: tuple[str, str], hint: str
) -> None:
    answer = shell("alerts", *words)

    assert answer.code == ExitCode.USAGE
    assert hint in answer.err


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("1000", 1000),
        ("10kB", 10_000),
        ("1.5 GB", 1_500_000_000),
        ("4MiB", 4 << 20),
        ("2T", 2 * 10**12),
        ("7B", 7),
    ],
)
def test_amounts_as_people_type_them(text: str, count: int) -> None:
    assert Amount().convert(text, None, None) == count


def test_countries_in_any_case() -> None:
    assert Country().convert("cn", None, None) == "CN"
    with pytest.raises(click.BadParameter):
        Country().convert("EU", None, None)


def test_the_systems_record_is_asked_where_the_users_own_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(querying, "SYSTEM_STATE", tmp_path / "system")
    own, system = tmp_path / "own/strandwatch/record.db", tmp_path / "system/record.db"

    nowhere = record_path(None, None)
    system.parent.mkdir()
    system.touch()
    elsewhere = record_path(None, None)
    own.parent.mkdir(parents=True)
    own.touch()

    assert (nowhere, elsewhere, record_path(None, None)) == (own, system, own)
    assert record_path(None, tmp_path / "named") == tmp_path / "named/record.db"


def test_sums_add_up_to_the_whole(shell: Shell) -> None:
    shell.record(
        a_flow_record(1, sent_bytes=5),
        a_flow_record(2, sent_bytes=7, flow=a_flow("198.51.100.9")),
        a_flow_record(3, sent_bytes=1, flow=a_flow("198.51.100.9")),
    )

    groups = shell("flows", "--group-by", "address", "--format", "json").records
    table = shell("flows", "--group-by", "address", "--group-by", "user").out.splitlines()

    assert [(row["address"], row["count"], row["sent_bytes"]) for row in groups] == [
        ("198.51.100.9", 2, 8),
        ("203.0.113.10", 1, 5),
    ]
    assert groups[0]["first"].startswith("2026-11-18T")
    assert table[0].split() == ["Address", "User", "Count", "Sent", "First", "Last"]
    assert table[1].startswith("198.51.100.9  alice      2  8 bytes")


def test_ways_of_asking_do_not_mix(shell: Shell) -> None:
    shell.record()

    assert shell("flows", "--count", "--follow").code == ExitCode.USAGE
    assert shell("flows", "--group-by", "mood").code == ExitCode.USAGE


def test_what_is_written_is_followed_until_interrupted(shell: Shell) -> None:
    shell.record(a_flow_record(1))
    program = subprocess.Popen(
        [sys.executable, "-m", "strandwatch.cli.main", "flows", "--follow", "--format", "json",
         "--since", "2026-11-18", "--state-directory", str(shell.state)],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert program.stdout is not None

    old = json.loads(program.stdout.readline())
    shell.record(a_flow_record(2, flow=a_flow("198.51.100.9")))
    new = json.loads(program.stdout.readline())
    program.send_signal(signal.SIGINT)

    assert program.communicate(timeout=10)[0] == ""
    assert program.returncode == ExitCode.OK
    assert old["destination"]["address"] == "203.0.113.10"
    assert new["destination"]["address"] == "198.51.100.9"
