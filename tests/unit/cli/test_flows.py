"""`strandwatch flows`."""

from strandwatch.cli.flows import flow_record
from support.builders import a_flow_record
from support.command_line import Shell


def test_json_has_the_counters_and_null_for_what_is_unknown(shell: Shell) -> None:
    shell.record(a_flow_record(sent_bytes=None))

    (record,) = shell("flows", "--format", "json").records

    assert record == flow_record(a_flow_record(sent_bytes=None))
    assert record["sent_bytes"] is None
    assert record["community_id"].startswith("1:")
    assert record["process"]["executable"] == "/usr/bin/curl"


def test_bytes_of_unknown_number_are_not_nought(shell: Shell) -> None:
    shell.record(a_flow_record(sent_bytes=None))

    assert " ? " in shell("flows").out
    assert shell("flows", "--min-bytes", "0", "--count").out == "0\n"
