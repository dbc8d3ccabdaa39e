"""The lab itself: real namespaces, real servers and real clients."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from strandwatch.errors import MissingCapabilityError
from strandwatch.lab import namespaces, traffic
from strandwatch.lab.files import write_bam
from strandwatch.lab.namespaces import Namespace
from strandwatch.lab.network import Network, lab_network
from strandwatch.lab.servers import (
    HttpSink,
    SshServer,
    http_sink,
    name_server,
    running,
    ssh_server,
)

pytestmark = pytest.mark.root

NAME = "upload.genomics-example.test"


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with lab_network(("cn", "resolver")) as network:
        yield network


@pytest.fixture(scope="module")
def sink(network: Network) -> Iterator[HttpSink]:
    names = {NAME: ["203.0.113.10", "2001:db8:c::10"]}
    with (
        name_server(network.hosts["resolver"], names),
        http_sink(network.hosts["cn"], network.directory / "cn", [NAME, "203.0.113.10"]) as sink,
    ):
        yield sink


@pytest.fixture(scope="module")
def ssh(network: Network) -> Iterator[SshServer]:
    with ssh_server(network.hosts["cn"], network.directory / "ssh", ["203.0.113.10"]) as server:
        yield server


@pytest.fixture
def bam(tmp_path: Path) -> Path:
    path = tmp_path / "one sample.bam"
    write_bam(path, "LAB-1", megabytes=0.3)
    return path


def _inside(network: Network, command: Sequence[str], script: str = "") -> str:
    done = subprocess.run(
        network.sequencer.command(command),
        input=script,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("url", [f"http://{NAME}/", f"https://{NAME}/", "https://203.0.113.10/"])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_curl_uploads_by_name_and_by_address(
    network: Network, sink: HttpSink, bam: Path, url: str, method: str
) -> None:
    upload = traffic.curl([bam], url, certificate=sink.certificate, method=method)

    _inside(network, upload.command)

    receipt = sink.receipts()[-1]
    assert (receipt["bytes"], receipt["whole"]) == (bam.stat().st_size, True)
    assert receipt["peer"] in {"::ffff:192.0.2.10", "2001:db8:5::10"}


@pytest.mark.parametrize("family", ["-4", "-6"])
def test_both_families_reach_a_host(
    network: Network, sink: HttpSink, bam: Path, family: str
) -> None:
    upload = traffic.curl([bam], f"http://{NAME}/", certificate=sink.certificate)

    _inside(network, [*upload.command, family])

    assert sink.receipts()[-1]["bytes"] == bam.stat().st_size


@pytest.mark.parametrize("tool", [traffic.scp, traffic.sftp, traffic.rsync])
def test_clients_of_ssh_bring_the_file_over(
    network: Network, ssh: SshServer, bam: Path, tool: object
) -> None:
    assert callable(tool)
    upload = tool([bam], ssh, "203.0.113.10")

    _inside(network, upload.command, upload.script)

    arrived = ssh.directory / bam.name
    assert arrived.read_bytes() == bam.read_bytes()
    arrived.unlink()


def test_a_program_inside_sees_nothing_of_the_machine(network: Network) -> None:
    links = json.loads(_inside(network, ["ip", "-json", "link"]))

    assert {link["ifname"] for link in links} == {"lo", "eth0"}


def test_the_machine_keeps_its_own_resolver(network: Network) -> None:
    before = Path("/etc/resolv.conf").read_text()

    inside = _inside(network, ["cat", "/etc/resolv.conf"])

    assert "192.0.2.53" in inside
    assert Path("/etc/resolv.conf").read_text() == before


def test_nothing_is_left_when_the_block_ends_by_an_error() -> None:
    with contextlib.suppress(RuntimeError), lab_network(("us",)) as network:
        process = subprocess.Popen(network.hosts["us"].command(["sleep", "600"]))
        raise RuntimeError("stop")

    assert process.wait(5) != 0
    assert not list(namespaces.NAMES.glob(f"{network.sequencer.name}*"))
    assert not network.directory.exists()


def test_what_a_killed_run_left_is_removed_by_the_next() -> None:
    script = (
        "import sys\n"
        "from strandwatch.lab.network import lab_network\n"
        "with lab_network(('us',)) as network:\n"
        "    print(network.sequencer.name, network.directory, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert killed.stdin is not None
    assert killed.stdout is not None
    name, directory = killed.stdout.readline().split()
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    killed.stdin.close()
    killed.stdout.close()
    assert (namespaces.NAMES / name).exists()

    removed = namespaces.remove_leftovers()

    assert {name, Path(directory).name} <= set(removed)
    assert not (namespaces.NAMES / name).exists()
    assert not Path(directory).exists()


def test_the_namespaces_of_a_living_run_are_no_leftovers(network: Network) -> None:
    removed = namespaces.remove_leftovers()

    assert network.sequencer.name not in removed
    assert network.sequencer.path.exists()


def test_a_server_that_cannot_start_says_why(network: Network) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such thing')"]

    with (
        pytest.raises(MissingCapabilityError, match="no such thing"),
        running(network.hosts["cn"], command, ports=(9,)),
    ):
        pass


def test_a_program_inside_ends_with_the_one_that_started_it(network: Network) -> None:
    command = network.sequencer.command(["sh", "-c", "echo $$; exec sleep 600"])
    starter = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import subprocess; p = subprocess.Popen({command!r}, "
            "stdout=subprocess.PIPE, text=True); print(p.stdout.readline())",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    pid = int(starter.stdout)

    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        os.close(descriptor)
        assert not Namespace(network.sequencer.name).holds(pid)
