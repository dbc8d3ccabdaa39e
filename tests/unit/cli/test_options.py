"""Shared options and the configuration that they lead to."""

from pathlib import Path

import pytest

from strandwatch.cli import options
from strandwatch.cli.options import again, chosen_config, examples, read_config


def test_the_systems_file_counts_where_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tmp_path / "strandwatch.toml"
    monkeypatch.setattr(options, "SYSTEM_CONFIG", system)

    before = chosen_config(None)
    system.write_text("")

    assert before is None
    assert chosen_config(None) == system
    assert chosen_config(tmp_path / "other.toml") == tmp_path / "other.toml"


def test_folders_on_the_command_line_start_where_the_operator_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    file = tmp_path / "etc/strandwatch.toml"
    file.write_text("[watch]\ndirectories = ['elsewhere']\n")
    monkeypatch.chdir(tmp_path)

    config = read_config(file, Path("state"), [Path("runs")])

    assert config.agent.state_directory == tmp_path / "state"
    assert config.watch.directories == (tmp_path / "runs",)


def test_the_words_to_plan_again_do_not_depend_on_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    words = again(Path("a.toml"), Path("state"), [Path("runs"), Path("/data")])

    assert words == (
        "plan",
        "--config", f"{tmp_path}/a.toml",
        "--state-directory", f"{tmp_path}/state",
        "--watch", f"{tmp_path}/runs",
        "--watch", "/data",
    )  # fmt: skip


def test_examples_keep_their_lines() -> None:
    assert examples("one", "two") == "\b\nExamples:\n  one\n  two"
