"""`strandwatch transfers`."""

import csv
import io

from strandwatch.cli.transfers import first_of
from strandwatch.domain.contract import transfer_record
from support.builders import a_carried_file, a_transfer
from support.command_line import Shell


def test_json_is_the_contract(shell: Shell) -> None:
    shell.record(a_transfer())

    assert shell("transfers", "--format", "json").records == [transfer_record(a_transfer())]


def test_csv_names_every_file(shell: Shell) -> None:
    shell.record(a_transfer(files=(a_carried_file(1), a_carried_file(2))))

    (row,) = csv.DictReader(io.StringIO(shell("transfers", "--format", "csv").out))

    assert row["files"] == "/runs/A/sample1.bam;/runs/A/sample2.bam"
    assert row["process.executable"] == "/usr/bin/curl"
    assert row["destination.jurisdictions"] == "CN"
    assert row["sent_bytes"] == "1000000"


def test_the_first_file_stands_for_all() -> None:
    assert first_of([]) == ""
    assert first_of(["/runs/a"]) == "a"
    assert first_of(["/a", "b", "c"]) == "a +2"


def test_transfers_are_found_by_their_files(shell: Shell) -> None:
    shell.record(a_transfer())

    assert shell("transfers", "--file", "sample10.bam", "--count").out == "1\n"
    assert shell("transfers", "--file", "*.vcf", "--count").out == "0\n"
