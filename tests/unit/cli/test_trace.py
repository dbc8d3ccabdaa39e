"""`strandwatch trace`: lineage as a tree."""

from dataclasses import replace

import pytest

from strandwatch.domain.contract import transfer_record
from strandwatch.errors import ExitCode
from support.builders import a_carried_file, a_transfer, an_alert
from support.command_line import Shell

FILES = (a_carried_file(1), replace(a_carried_file(2), via=("tar opened it", "pipe to curl")))


@pytest.mark.parametrize("subject", ["t1", "a1", "sample*.bam", "203.0.113.10", "203.0.113.0/24"])
def test_a_transfer_is_found_by_any_of_its_ends(shell: Shell, subject: str) -> None:
    transfer = a_transfer(files=FILES)
    shell.record(transfer, an_alert(transfer=transfer))

    lines = [line.strip("│├└─ ") for line in shell("trace", subject).out.splitlines()]

    assert lines[0] == subject
    assert lines[1] == "transfer t1: 1 MB since 2026-11-18 11:06:40Z, under way"
    for words in (
        "/runs/A/sample1.bam",
        "/runs/A/sample2.bam",
        "bam, human, 1 person; almost certain",
        "pipe to curl",
        "alice: /usr/bin/curl (pid 4242)",
        "203.0.113.10 port 443 (tcp), CN",
    ):
        assert words in lines
    assert lines.index("tar opened it") < lines.index("pipe to curl")


def test_a_file_is_shown_without_its_companions(shell: Shell) -> None:
    shell.record(a_transfer(files=FILES))

    answer = shell("trace", "/runs/A/sample2.bam")

    assert "/runs/A/sample1.bam" not in answer.out
    assert "and 1 other files" in answer.out


def test_an_alert_leads_to_its_transfer_as_it_stands_now(shell: Shell) -> None:
    told = a_transfer(sent_bytes=1_000)
    shell.record(an_alert(id="abcd", transfer=told), replace(told, sent_bytes=5_000_000))

    assert "5 MB" in shell("trace", "abcd").out


def test_programs_get_the_transfers(shell: Shell) -> None:
    shell.record(a_transfer())

    assert shell("trace", "t1", "--format", "json").records == [transfer_record(a_transfer())]


@pytest.mark.parametrize("subject", ["zz", ""])
def test_what_the_record_does_not_know_is_a_wrong_use(shell: Shell, subject: str) -> None:
    shell.record(a_transfer())

    answer = shell("trace", subject)

    assert answer.code == ExitCode.USAGE
    assert f"nothing in the record is called {subject!r}" in answer.err


def test_a_hostile_path_cannot_draw_branches(shell: Shell) -> None:
    carried = replace(a_carried_file(), path="/runs/\x1b[2J\n└── x.bam")
    shell.record(a_transfer(files=(carried,)))

    out = shell("trace", "t1").out

    assert "\x1b" not in out
    assert r"/runs/\x1b[2J\n" in out
