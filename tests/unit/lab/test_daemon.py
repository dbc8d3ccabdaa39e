"""The daemon's handle, where no daemon is needed."""

import tomllib
from pathlib import Path

import pytest

from strandwatch.lab.daemon import LAB_DATABASE, Daemon, configuration_text
from strandwatch.lab.namespaces import Namespace


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(Namespace("none"), tmp_path / "strandwatch.toml", tmp_path)


def test_the_configuration_is_toml_whatever_the_paths() -> None:
    data = tomllib.loads(configuration_text([Path('/runs/"quoted" \\ folder')]))

    assert data["watch"]["directories"] == ['/runs/"quoted" \\ folder']
    assert data["jurisdiction"]["databases"][0]["path"] == str(LAB_DATABASE)
    assert LAB_DATABASE.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_no_health_is_not_ready(daemon: Daemon, text: str) -> None:
    (daemon.state_directory / "health.json").write_text(text)

    assert daemon.health() == {}
    assert not daemon.is_ready()


@pytest.mark.parametrize("state", ["ready", "degraded"])
def test_a_daemon_that_watches_is_ready(daemon: Daemon, state: str) -> None:
    (daemon.state_directory / "health.json").write_text(f'{{"state": "{state}"}}')

    assert daemon.is_ready()


def test_what_was_never_started_stops_and_has_no_processes(daemon: Daemon) -> None:
    daemon.kill()

    assert daemon.stop() == 0
    assert daemon.processes() == []
    assert daemon.last_words() == ""


def test_waiting_ends_when_the_condition_holds(daemon: Daemon) -> None:
    answers = iter([False, False, True])

    assert daemon.wait_for(lambda: next(answers), 5)
    assert not daemon.wait_for(lambda: False, 0.1)
