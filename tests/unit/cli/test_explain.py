"""`strandwatch explain`: whose jurisdiction an endpoint is in."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from strandwatch.errors import ExitCode
from support.command_line import ask


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture
def config(tmp_path: Path) -> str:
    """Only the operator's own words, so that nothing rests on the embedded databases."""
    file = tmp_path / "a.toml"
    file.write_text(
        "[jurisdiction]\nreplace_embedded = true\noverrides = [\n"
        "  { match = '203.0.113.0/24', country = 'CN', entity = 'a partner' },\n"
        "  { match = 'example.org', country = 'NO', note = 'their own word' },\n]\n"
    )
    return str(file)


def test_one_destination_object_per_argument(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(
        capsys, "explain", "203.0.113.7:443", "https://up.example.org/x", "--config", config,
        "--format", "json",
    )  # fmt: skip

    address, name = map(json.loads, answer.out.splitlines())
    assert answer.code == ExitCode.OK
    assert (address["address"], address["port"]) == ("203.0.113.7", 443)
    assert (address["jurisdictions"], address["confidence"]) == (["CN"], "high")
    assert (name["server_name"], name["jurisdictions"]) == ("up.example.org", ["NO"])


def test_endpoints_come_from_standard_input_too(
    config: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("203.0.113.7\n\n203.0.113.8\n"))

    answer = ask(capsys, "explain", "-", "--config", config, "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert [row["address"] for row in rows] == ["203.0.113.7", "203.0.113.8"]
    assert rows[0]["controllers"] == "a partner (CN)"


def test_people_read_the_conclusion_first_and_then_every_sign(
    config: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)

    lines = ask(capsys, "explain", "203.0.113.7:443", "--config", config).out.splitlines()

    assert lines[0] == "203.0.113.7 port 443"
    assert lines[1].split() == ["jurisdictions", "CN", "(confidence:", "high)"]
    assert any(line.startswith("  override ") for line in lines)
    assert not any(line.endswith(" ") for line in lines)


def test_a_private_address_is_neither_abroad_nor_clean(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(capsys, "explain", "10.1.2.3", "--config", config)

    assert "neither abroad nor clean" in answer.out
    assert "unknown" in answer.out


def test_a_name_cannot_steer_the_terminal(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, "explain", "a\x1b[2Jb.example.org", "--config", config)

    assert "\x1b" not in answer.out


def test_a_database_that_cannot_be_asked_is_named_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.toml"
    file.write_text(
        "[jurisdiction]\nreplace_embedded = true\n"
        "databases = [{ kind = 'maxmind', path = 'gone.mmdb' }]\n"
    )

    answer = ask(capsys, "explain", "203.0.113.7", "--config", str(file), "--format", "json")

    assert json.loads(answer.out)["jurisdictions"] == []
    assert "Not asked: gone.mmdb" in answer.err


def test_a_network_is_taken_apart(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("explain", "203.0.113.0/23", "--config", config)

    record = json.loads(ask(capsys, *words, "--format", "json").out)
    shown = ask(capsys, *words).out

    assert (record["kind"], record["complete"]) == ("network", True)
    assert [part["last"] for part in record["parts"]][-1] == "203.0.113.255"
    assert record["parts"][-1]["jurisdictions"] == ["CN"]
    assert "203.0.113.255  CN " in shown


def test_an_as_number_is_one_destination(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("explain", "as64500", "--config", config)

    assert json.loads(ask(capsys, *words, "--format", "json").out)["kind"] == "as_number"
    assert ask(capsys, *words).out.startswith("AS64500\n")
