"""`strandwatch config`: check, show, schema."""

import json
import tomllib
from pathlib import Path

import pytest

from strandwatch.errors import ExitCode
from support.command_line import ask


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A place for a configuration file."""
    return tmp_path / "strandwatch.toml"


def test_a_good_file_is_fine(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("[alerts]\ngroup_minutes = 30\n")

    answer = ask(capsys, "config", "check", str(file))

    assert (answer.code, answer.out) == (ExitCode.OK, "")
    assert answer.err == f"{file} is fine.\n"


def test_every_bad_option_is_named_with_its_line(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("[alerts]\ngroup_minuts = 30\n[sources]\nflows = 'psychic'\n")

    answer = ask(capsys, "config", "check", str(file))

    first, second = answer.out.splitlines()
    assert answer.code == ExitCode.CONFIGURATION
    assert first.startswith(f"error: {file}:2: alerts.group_minuts: unknown option")
    assert second.startswith(f"error: {file}:4: sources.flows: ")


def test_a_bad_policy_is_refused_too(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("[policy]\nregimes = ['us-dps']\n")

    answer = ask(capsys, "config", "check", str(file), "--format", "json")

    assert answer.code == ExitCode.CONFIGURATION
    row = json.loads(answer.out)
    assert row["severity"] == "error"
    assert "did you mean us-dsp" in row["problem"]


def test_what_is_named_but_not_there_is_a_finding(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(
        "[watch]\ndirectories = ['runs']\n[agent]\nuser = 'no-such-user'\n"
        "[jurisdiction]\ndatabases = [{ kind = 'maxmind', path = 'a.mmdb' }]\n"
    )

    answer = ask(capsys, "config", "check", "--config", str(file))

    assert answer.code == ExitCode.FINDINGS
    assert answer.out.splitlines() == [
        f"warning: watch.directories: {file.parent}/runs: no such folder yet",
        f"warning: jurisdiction.databases: {file.parent}/a.mmdb: no such file",
        "warning: agent.user: no-such-user: no such account on this machine",
    ]


def test_a_file_that_is_not_there_is_refused(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(capsys, "config", "show", "--config", str(file))

    assert answer.code == ExitCode.CONFIGURATION
    assert f"{file}: cannot be read" in answer.err


def test_the_options_in_force_are_shown_as_a_file_would_have_them(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("[alerts]\ngroup_minutes = 30\n")
    words = ("config", "show", "--config", str(file), "--state-directory", str(tmp_path / "state"))

    as_toml = tomllib.loads(ask(capsys, *words).out)
    as_json = json.loads(ask(capsys, *words, "--format", "json").out)

    assert as_toml["alerts"] == as_json["alerts"] == {"group_minutes": 30}
    assert as_toml["agent"]["state_directory"] == str(tmp_path / "state")


def test_the_defaults_are_a_file_that_passes_the_check(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(ask(capsys, "config", "show", "--defaults").out)

    answer = ask(capsys, "config", "check", str(file))

    assert "error" not in answer.out


def test_the_schema_knows_every_section(capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads(ask(capsys, "config", "schema").out)

    assert {"agent", "watch", "sources", "policy", "sinks"} <= set(schema["properties"])


def test_a_token_in_an_address_is_not_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(
        "[sinks.webhook]\nenabled = true\nurl = 'https://u:pw@hooks.example:8443/T0K/EN?k=s3cret'\n"
    )

    shown = [
        ask(capsys, "config", "show", "--config", str(file), "--format", form).out
        for form in ("toml", "json")
    ]

    for text in shown:
        assert "https://hooks.example:8443/..." in text
        for secret in ("T0K", "s3cret", "pw"):
            assert secret not in text
