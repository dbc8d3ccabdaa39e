"""`strandwatch files`."""

from support.builders import a_file_record
from support.command_line import Shell


def test_json_has_the_facts_and_when_it_was_seen(shell: Shell) -> None:
    shell.record(a_file_record())

    (record,) = shell("files", "--format", "json").records

    assert (record["format"], record["species"]) == ("bam", "human")
    assert record["first_seen"] <= record["last_seen"]
    assert record["persons"] == {"at_least": 1, "at_most": 1}


def test_files_are_found_by_path_and_format(shell: Shell) -> None:
    shell.record(a_file_record())

    assert shell("files", "--file", "*.bam", "--count").out == "1\n"
    assert shell("files", "--file-format", "vcf", "--count").out == "0\n"
