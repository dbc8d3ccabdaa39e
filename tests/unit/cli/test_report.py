"""`strandwatch report`."""

import hashlib
import json
from pathlib import Path

from strandwatch.errors import ExitCode
from strandwatch.store.anchor import KEY_FILE, is_genuine_manifest
from support.builders import a_transfer, an_alert
from support.cases import a_case
from support.command_line import Shell


def test_a_case_file_is_written_with_every_record(shell: Shell, tmp_path: Path) -> None:
    case = a_case()
    shell.record(*case.series, *case.transfers)
    shell("alerts", "ack", "abcdef", "--reason", "asking")
    folder = tmp_path / "case"

    answer = shell("report", "abcdef", "--output", str(folder))

    assert (answer.code, answer.out) == (ExitCode.OK, f"{folder}\n")
    assert "Not signed" in answer.err
    record = json.loads((folder / "case.json").read_text())
    assert len(record["history"]) == 6
    assert record["handling"][0]["reason"] == "asking"
    whole = [one for one in record["records"] if one["content"] is not None]
    assert {one["kind"] for one in whole} == {"alert", "handling", "transfer"}
    for one in whole:
        digest = hashlib.blake2b(one["content"].encode(), digest_size=32).hexdigest()
        assert digest == one["hash"]


def test_a_case_is_signed_with_the_records_key(shell: Shell, tmp_path: Path) -> None:
    shell.record(an_alert(), a_transfer())
    (tmp_path / KEY_FILE).write_bytes(bytes(range(32)))
    folder = tmp_path / "case"

    answer = shell("report", "a1", "--output", str(folder))

    assert answer.err == ""
    data = (folder / "manifest.json").read_bytes()
    beside = json.loads((folder / "manifest.json.signature").read_text())
    key, signature = beside["public_key"], beside["signature"]
    assert is_genuine_manifest(data, key, signature)
    assert not is_genuine_manifest(data + b" ", key, signature)
    assert not is_genuine_manifest(data, "no key", signature)


def test_an_alert_without_its_transfer_in_the_record_is_a_case_too(
    shell: Shell, tmp_path: Path
) -> None:
    shell.record(an_alert())

    answer = shell("report", "a1", "--output", str(tmp_path / "case"))

    assert answer.code == ExitCode.OK


def test_a_register_is_written_for_a_time(shell: Shell, tmp_path: Path) -> None:
    shell.record(a_transfer())
    words = ("report", "--since", "2026-01-01", "--output")

    shell(*words, str(tmp_path / "year"))
    shell(*words, str(tmp_path / "before"), "--until", "2026-02-01")

    assert len((tmp_path / "year/data-flows.csv").read_text().splitlines()) == 2
    assert len((tmp_path / "before/data-flows.csv").read_text().splitlines()) == 1


def test_either_an_alert_or_a_time_is_named(shell: Shell) -> None:
    shell.record(an_alert())

    assert shell("report").code == ExitCode.USAGE
    assert shell("report", "a1", "--since", "2026-01-01").code == ExitCode.USAGE
    assert shell("report", "zz").code == ExitCode.USAGE
