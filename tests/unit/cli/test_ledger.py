"""`strandwatch ledger`."""

from pathlib import Path

import pytest

from strandwatch.app.agent import KEY_FILE
from strandwatch.errors import ExitCode
from support.builders import SECOND, START_NS, a_carried_file, a_human_bam, a_transfer
from support.command_line import Shell, ask

DAY = 86_400 * SECOND


def sent(persons: int, *, at_ns: int = START_NS) -> object:
    """Give a transfer of so many persons."""
    files = (a_carried_file(facts=a_human_bam(persons)),)
    return a_transfer(id=f"t{persons}", files=files, at_ns=at_ns)


def test_persons_are_counted_per_counterparty_now_and_at_the_maximum(shell: Shell) -> None:
    shell.record(sent(60), sent(80, at_ns=START_NS + DAY))  # type: ignore[arg-type]

    (row,) = shell("ledger", "--at", "2026-12-01", "--format", "json").records

    assert (row["regime"], row["counterparty"]) == ("us-dsp", "203.0.113.10")
    assert row["persons"] == {"at_least": 80, "at_most": 80, "counted": 80}
    assert (row["threshold"], row["percent"]) == (100, 80)
    assert row["maximum"]["at_most"] == 80
    assert row["maximum"]["at"].startswith("2026-11-19")


def test_a_past_day_is_as_it_was_then(shell: Shell) -> None:
    shell.record(sent(60), sent(80, at_ns=START_NS + DAY))  # type: ignore[arg-type]

    (row,) = shell("ledger", "--at", "2026-11-18T23:00:00Z", "--format", "json").records

    assert row["persons"]["at_most"] == 60


def test_the_table_says_when_nothing_was_counted(shell: Shell) -> None:
    shell.record()

    assert "Nothing was sent" in shell("ledger").err


def test_ledgers_of_two_servers_add_up_without_counting_twice(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(bytes(32))
    shell.record(sent(60))  # type: ignore[arg-type]
    here = tmp_path / "here.jsonl"
    here.write_text(shell("ledger", "export").out)
    shell.record(sent(70))  # type: ignore[arg-type]
    there = tmp_path / "there.jsonl"
    there.write_text(shell("ledger", "export").out)

    words = ("ledger", "merge", str(here), str(there), "--at", "2026-12-01")
    answer = ask(shell.capsys, *words, "--format", "json")

    assert [row["persons"]["at_most"] for row in answer.records] == [70]


def test_ledgers_of_other_keys_are_refused(shell: Shell, tmp_path: Path) -> None:
    shell.record(sent(1))  # type: ignore[arg-type]
    paths = []
    for number in (0, 1):
        (tmp_path / KEY_FILE).write_bytes(bytes([number] * 32))
        paths.append(tmp_path / f"{number}.jsonl")
        paths[-1].write_text(shell("ledger", "export").out)

    answer = ask(shell.capsys, "ledger", "merge", *map(str, paths))

    assert answer.code == ExitCode.USAGE
    assert "different person keys" in answer.err


def test_a_key_that_is_none_is_refused(shell: Shell, tmp_path: Path) -> None:
    shell.record(sent(1))  # type: ignore[arg-type]
    (tmp_path / KEY_FILE).write_bytes(b"short")

    assert "is no person key" in shell("ledger", "export").err


HEAD = '{"form": "strandwatch-ledger", "version": 1, "key": "", "legal_entity": ""}\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        HEAD.replace("1", "2"),
        HEAD + "nothing",
        HEAD + '{"account": 1}',
        HEAD + '{"account": {"regime": "r", "counterparty": "c", "category": null}, "kind": "x",'
        ' "id": "i", "weight": 1, "spans": [1, 2]}',
    ],
)
def test_what_is_no_exported_ledger_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text)

    answer = ask(capsys, "ledger", "merge", str(path))

    assert answer.code == ExitCode.USAGE
    assert "bad.jsonl" in answer.err
