"""The demonstration: a run folder, a lab, the real daemon, real uploads, and its alert."""

import os
import pwd
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strandwatch.errors import StrandwatchError
from strandwatch.lab import files, traffic
from strandwatch.lab.daemon import Daemon, configuration_text, daemon_running
from strandwatch.lab.files import RunFolder
from strandwatch.lab.instrument import land_run_folder
from strandwatch.lab.network import HOSTS, Network, lab_network
from strandwatch.lab.programs import find_program, require_programs
from strandwatch.lab.servers import HttpSink, SshServer, http_sink, name_server, ssh_server
from strandwatch.lab.traffic import Upload

SERVER_NAMES = {"cn": "upload.sequencing-example.test", "us": "archive.biobank-example.test"}
"""What the two hosts of the demonstration are called by its name server."""

_ADDRESSES = {host.name: host.address for host in HOSTS}
_MEGABYTES = 3.0
_SLOW_KILOBYTES_PER_SECOND = 900
_ALERT_SECONDS = 15.0
_UPLOAD_SECONDS = 45.0

Tell = Callable[[str], None]
"""Take one line of progress."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """One upload that was made, and by which program's socket."""

    tool: str
    sender: str
    host: str
    files: tuple[Path, ...]
    size_bytes: int = 0

    @property
    def address(self) -> str:
        """Where it went."""
        return _ADDRESSES[self.host]

    def said(self) -> str:
        """Give the upload in words."""
        names = ", ".join(file.name for file in self.files)
        return f"{self.tool} sent {names} ({self.size_bytes / 1e6:.1f} MB) to {_place(self)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the demonstration saw; `problems` is empty when the daemon said what it should."""

    alerts: tuple[Json, ...]
    blocks: tuple[str, ...]
    """The alerts as `strandwatch alerts show` prints them."""
    quiet: tuple[Sent, ...]
    health: Json
    problems: tuple[str, ...]


@dataclass(slots=True)
class Demonstration:
    """A lab with the daemon in it, ready for uploads."""

    network: Network
    daemon: Daemon
    folder: RunFolder
    sinks: dict[str, HttpSink]
    ssh: SshServer | None
    sent: list[Sent] = field(default_factory=list)

    def upload(self, upload: Upload, sender: str, host: str, paths: Sequence[Path]) -> Sent:
        """Make one upload to its end; raises when the client fails."""
        done = subprocess.run(
            self.network.sequencer.command(upload.command),
            input=upload.script,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            env=traffic.environment(),
            timeout=_UPLOAD_SECONDS,
        )
        if done.returncode != 0:
            raise StrandwatchError(f"{upload.tool} failed in the lab: {done.stderr.strip()}")
        size = sum(path.stat().st_size for path in paths)
        self.sent.append(Sent(upload.tool, sender, host, tuple(paths), size))
        return self.sent[-1]


def run_demo(tell: Tell) -> Outcome:
    """Play the whole path, and say what came of it."""
    with demonstration(tell) as demo:
        for sent in _play(demo):
            tell(sent.said())
        tell("waiting for what the daemon says of it")
        demo.daemon.wait_for(lambda: not _problems(demo), _ALERT_SECONDS)
        return _judge(demo)


@contextmanager
def demonstration(tell: Tell) -> Iterator[Demonstration]:
    """Build the lab, start the daemon in it, and take all away afterwards."""
    require_programs("curl", "ip")
    with ExitStack() as stack:
        tell("building a lab of network namespaces: a sequencer, a host in CN, a host in US")
        network = stack.enter_context(lab_network(("cn", "us", "resolver")))
        names = {name: [_ADDRESSES[host]] for host, name in SERVER_NAMES.items()}
        stack.enter_context(name_server(network.hosts["resolver"], names))
        sinks = {
            host: stack.enter_context(
                http_sink(network.hosts[host], network.directory / host, [name, _ADDRESSES[host]])
            )
            for host, name in SERVER_NAMES.items()
        }
        ssh = None
        if _has_ssh():
            ssh = stack.enter_context(
                ssh_server(network.hosts["cn"], network.directory / "ssh", [_ADDRESSES["cn"]])
            )
        runs = network.directory / "runs"
        runs.mkdir()
        configuration = network.directory / "strandwatch.toml"
        configuration.write_text(configuration_text([runs]))
        tell("starting the daemon on the sequencer")
        daemon = stack.enter_context(
            daemon_running(network.sequencer, configuration, network.directory / "state")
        )
        folder = land_run_folder(runs, megabytes=_MEGABYTES)
        tell(f"a run has landed: {folder.path.name}, {len(files.SAMPLES)} samples")
        yield Demonstration(network, daemon, folder, sinks, ssh)


def _play(demo: Demonstration) -> Iterator[Sent]:
    """Upload to the United States and then to China, by every client that is there."""
    slow = None if _sees_all(demo.daemon.health()) else _SLOW_KILOBYTES_PER_SECOND
    folder = demo.folder
    for host, paths in (("us", folder.bams[1:2]), ("cn", folder.bams[:1])):
        upload = traffic.curl(
            paths,
            f"https://{SERVER_NAMES[host]}/",
            certificate=demo.sinks[host].certificate,
            kilobytes_per_second=slow,
        )
        yield demo.upload(upload, "curl", host, paths)
    if demo.ssh is not None:
        tool = traffic.rsync if find_program("rsync") else traffic.scp
        limit = slow // 2 if slow else None
        upload = tool(folder.fastqs[:2], demo.ssh, _ADDRESSES["cn"], kilobytes_per_second=limit)
        yield demo.upload(upload, "ssh", "cn", folder.fastqs[:2])


def _problems(demo: Demonstration) -> tuple[str, ...]:
    alerts = demo.daemon.records("alerts")
    return problems_of(demo.sent, alerts, demo.daemon.records("transfers"))


def _judge(demo: Demonstration) -> Outcome:
    """Read the record back and compare it with what was sent."""
    alerts = demo.daemon.records("alerts")
    alarmed = [alert for alert in alerts if _destination(alert["transfer"]) == _ADDRESSES["cn"]]
    alarmed.sort(key=lambda alert: str(alert["opened"]))
    shown = [demo.daemon.ask("alerts", "show", alert["id"]) for alert in alarmed]
    unshown = [f"an alert could not be shown: {one.stderr}" for one in shown if one.returncode]
    return Outcome(
        alerts=tuple(alarmed),
        blocks=tuple(one.stdout for one in shown),
        quiet=tuple(sent for sent in demo.sent if sent.host == "us"),
        health=demo.daemon.health(),
        problems=(*_problems(demo), *unshown),
    )


def problems_of(
    sent: Iterable[Sent], alerts: Sequence[Json], transfers: Sequence[Json]
) -> tuple[str, ...]:
    """Give what the record says wrongly, or does not say, of these uploads."""
    problems: list[str] = []
    for upload in sent:
        here = [item for item in transfers if _destination(item) == upload.address]
        alarmed = any(_destination(alert["transfer"]) == upload.address for alert in alerts)
        if alarmed and upload.host == "us":
            problems.append(f"there is an alert about {_place(upload)}")
        if not alarmed and upload.host == "cn":
            problems.append(f"there is no alert about {_place(upload)}")
        problems += _unnamed(upload, [item for item in here if _executable(item) == upload.sender])
    return tuple(problems)


def _unnamed(upload: Sent, transfers: Sequence[Json]) -> list[str]:
    if not transfers:
        return [f"no transfer to {_place(upload)} is attributed to {upload.sender}"]
    named = {file["path"] for transfer in transfers for file in transfer["files"]}
    return [
        f"{file.name} is not named in the transfer by {upload.sender}"
        for file in upload.files
        if str(file) not in named
    ]


def _destination(transfer: Json) -> str | None:
    return (transfer["destination"] or {}).get("address")


def _executable(transfer: Json) -> str:
    return Path((transfer["process"] or {}).get("executable") or "").name


def _sees_all(health: Json) -> bool:
    """Say whether flows are seen by the kernel, however short they are."""
    return any(
        source.get("tier") == "kernel"
        for source in health.get("sources", ())
        if "flow" in source.get("name", "") or "socket" in source.get("name", "")
    )


def _has_ssh() -> bool:
    """Say whether the programs are there and this user's account can be logged in to."""
    if not all(find_program(name) for name in ("sshd", "ssh", "scp", "ssh-keygen")):
        return False
    try:
        shell = Path(pwd.getpwuid(os.geteuid()).pw_shell)
    except KeyError:
        return False
    return shell.exists() and shell.name not in {"nologin", "false"}


def _place(sent: Sent) -> str:
    name = SERVER_NAMES[sent.host] if sent.tool == "curl" else sent.address
    return f"{name} ({sent.host.upper()})"
