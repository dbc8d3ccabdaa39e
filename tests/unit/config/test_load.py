"""Loading the configuration."""

from pathlib import Path

import pytest

from strandwatch.config.load import load_config, state_directory, store_path
from strandwatch.config.models import Config
from strandwatch.errors import ConfigurationError, ExitCode


def written(folder: Path, text: str) -> Path:
    file = folder / "strandwatch.toml"
    file.write_text(text)
    return file


def problems_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_config(written(folder, text))
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


def test_without_a_file_the_embedded_defaults_hold() -> None:
    assert load_config(None) == Config()


def test_every_bad_option_is_named_with_its_line(tmp_path: Path) -> None:
    text = """\
[sources]
flows = "kernle"
poll_milliseconds = "500"

[alerts]
group_minutes = 0
"""

    problems = problems_of(tmp_path, text)

    assert [problem.split(": ")[:2] for problem in problems] == [
        ["strandwatch.toml:2", "sources.flows"],
        ["strandwatch.toml:3", "sources.poll_milliseconds"],
        ["strandwatch.toml:6", "alerts.group_minutes"],
    ]
    assert "'kernel'" in problems[0]
    assert "not 'kernle'" in problems[0]
    assert "integer" in problems[1]


def test_an_unknown_option_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, "[watch]\ndirectory = []\n")

    assert problems == [
        "strandwatch.toml:2: watch.directory: unknown option; did you mean directories?"
    ]


def test_an_unknown_table_lists_the_known_ones(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "[qqq]\nx = 1\n")

    assert problem.startswith("strandwatch.toml:1: qqq: unknown option; known here: agent, alerts")


def test_an_unknown_option_in_a_row_gets_the_hint_of_its_row(tmp_path: Path) -> None:
    text = '[[jurisdiction.databases]]\nkind = "primary"\npth = "a.mmdb"\n'

    problems = problems_of(tmp_path, text)

    assert problems == [
        "strandwatch.toml:1: jurisdiction.databases[0].path: missing",
        "strandwatch.toml:3: jurisdiction.databases[0].pth: unknown option; did you mean path?",
    ]


def test_text_that_is_not_toml_is_named_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "[watch]\ndirectories = [\n")

    assert problem.startswith("strandwatch.toml: not valid TOML")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "strandwatch.toml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"strandwatch\.toml"):
        load_config(file)


def test_relative_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    file = written(tmp_path, '[watch]\ndirectories = ["runs", "/data"]\n')

    config = load_config(file)

    assert config.watch.directories == (tmp_path / "runs", Path("/data"))


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, '[agent]\nstate_directory = "a"\nuser = "lab"\n')

    config = load_config(file, {"agent.state_directory": "/b", "alerts.group_minutes": 5})

    assert config.agent.state_directory == Path("/b")
    assert config.agent.user == "lab"
    assert config.alerts.group_minutes == 5
    assert store_path(config) == Path("/b/record.db")


def test_a_bad_override_is_named_as_the_command_lines(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"command line: alerts\.group_minutes"):
        load_config(None, {"alerts.group_minutes": "soon"})


def test_root_and_users_have_their_own_state_folders(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    of_root = state_directory(Config())
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    of_user = state_directory(Config())
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/alice")

    assert of_root == Path("/var/lib/strandwatch")
    assert of_user == tmp_path / "strandwatch"
    assert state_directory(Config()) == Path("/home/alice/.local/state/strandwatch")
