"""A lab for the tests from end to end, and the daemon in it."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from strandwatch.lab.daemon import Daemon, configuration_text, daemon_running
from strandwatch.lab.files import RunFolder
from strandwatch.lab.instrument import land_run_folder
from strandwatch.lab.network import lab_network
from strandwatch.lab.servers import http_sink, name_server, ssh_server
from support.stage import HOST_NAMES, Room, Stage, Start

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with ExitStack() as stack:
        network = stack.enter_context(lab_network(("cn", "us", "resolver")))
        addresses = {name: network.addresses[name] for name in HOST_NAMES}
        names = {
            HOST_NAMES[name]: [address for address in (host.address, host.address6) if address]
            for name, host in addresses.items()
        }
        stack.enter_context(name_server(network.hosts["resolver"], names))
        sinks, ssh = {}, {}
        for name, host in addresses.items():
            known = [HOST_NAMES[name], host.address]
            directory = network.directory / name
            sinks[name] = stack.enter_context(
                http_sink(network.hosts[name], directory / "http", known)
            )
            ssh[name] = stack.enter_context(
                ssh_server(network.hosts[name], directory / "ssh", known)
            )
        yield Stage(network, sinks, ssh)


@pytest.fixture
def room(stage: Stage) -> Room:
    path = stage.network.directory / f"room{next(_numbers)}"
    runs = path / "runs"
    runs.mkdir(parents=True)
    configuration = path / "strandwatch.toml"
    configuration.write_text(configuration_text([runs]))
    return Room(path, runs, configuration)


@pytest.fixture
def folder(room: Room) -> RunFolder:
    return land_run_folder(room.runs, megabytes=1)


@pytest.fixture
def start(stage: Stage) -> Iterator[Start]:
    """Start daemons that end with the test."""
    with ExitStack() as stack:

        def start(room: Room, *before: str) -> Daemon:
            return stack.enter_context(
                daemon_running(
                    stage.network.sequencer, room.configuration, room.state, before=before
                )
            )

        yield start
