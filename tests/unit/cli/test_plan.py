"""`strandwatch plan`: what the launcher reads on reload."""

import json
from pathlib import Path

import pytest

from strandwatch.domain.encoding import from_plain
from strandwatch.errors import ExitCode
from strandwatch.runtime.plan import Plan
from support.command_line import ask


def test_the_plan_can_be_read_back_and_made_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[alerts]\ngroup_minutes = 30\n")
    words = ("plan", "--config", str(file), "--state-directory", str(tmp_path), "--watch", "/data")

    plan = from_plain(Plan, json.loads(ask(capsys, *words).out))

    assert plan.agent.incident_minutes == 30
    assert plan.agent.state_directory == str(tmp_path)
    assert plan.sensor.directories == ("/data",)
    assert plan.remake == words


def test_a_bad_configuration_gives_no_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[alerts]\ngroup_minutes = 0\n")

    answer = ask(capsys, "plan", "--config", str(file))

    assert (answer.code, answer.out) == (ExitCode.CONFIGURATION, "")
    assert f"{file}:2: alerts.group_minutes" in answer.err
