"""`strandwatch processes`."""

from support.builders import a_process_record
from support.command_line import Shell


def test_json_has_the_process_and_when_it_was_seen(shell: Shell) -> None:
    shell.record(a_process_record())

    (record,) = shell("processes", "--format", "json").records

    assert (record["pid"], record["user"]) == (4242, "alice")
    assert record["command"] == "curl -T sample.bam"
    assert record["exited"] is None


def test_processes_are_found_by_name_and_user(shell: Shell) -> None:
    shell.record(a_process_record())

    assert shell("processes", "--process", "cu*", "--user", "alice", "--count").out == "1\n"
    assert shell("processes", "--process", "/usr/bin/wget", "--count").out == "0\n"
