"""The matrix of ways out: every tool with every form of every kind of file, played in the lab."""

import itertools
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from strandwatch.errors import StrandwatchError
from strandwatch.lab import file_servers, forms, tools, traffic
from strandwatch.lab.files import RunFolder
from strandwatch.lab.forms import FORMS, KINDS, Form
from strandwatch.lab.instrument import land_run_folder
from strandwatch.lab.namespaces import run_ip
from strandwatch.lab.network import Network, lab_network
from strandwatch.lab.programs import find_program
from strandwatch.lab.servers import http_sink, ssh_server
from strandwatch.lab.tools import TOOLS, Target, Tool

_CELL_SECONDS = 60.0
_MEGABYTES = 0.4
_PACKAGES = 40
_TICKS = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """One way out: a tool, a form, and a kind of file."""

    tool: Tool
    form: Form
    kind: str

    @property
    def name(self) -> str:
        """The cell as reports name it."""
        return f"{self.tool.name} / {self.form.name} / {self.kind}"

    def missing(self) -> tuple[str, ...]:
        """Give the programs that this cell needs and this machine has not."""
        wanted = (*self.tool.programs, *self.form.programs)
        kinds = ("samtools",) if self.kind == "cram" else ()
        return tuple(name for name in (*wanted, *kinds) if find_program(name) is None)


@dataclass(frozen=True, slots=True)
class Played:
    """What left in a cell, known without the daemon."""

    cell: Cell
    sources: tuple[Path, ...]
    payload: tuple[Path, ...]
    payload_bytes: int
    arrived_bytes: int
    """What the far host's interface received, headers and all."""
    copies: dict[Path, tuple[Path, ...]] = field(default_factory=dict)
    """Files of the payload that have the very bytes of a source, under another name."""


@dataclass(slots=True)
class TransferField:
    """A lab with all the servers that the tools speak to."""

    network: Network
    target: Target
    near: str
    """The address of a host in the US, with the same server for HTTP."""
    directory: Path
    """Where the cells put their files: what the daemon watches."""

    def prepare(self, cell: Cell, number: int) -> RunFolder:
        """Write a run folder for one cell, of which no other cell has the bytes."""
        room = self.directory / f"cell{number}"
        folder = land_run_folder(room, megabytes=_MEGABYTES, seed=1000 + number * 300)
        if cell.kind == "cram":
            bam = folder.bams[0]
            options = ("--output-fmt-option", "no_ref=1", "-o", str(bam.with_suffix(".cram")))
            _run(["samtools", "view", "-C", *options, str(bam)])
        return folder

    def play(self, cell: Cell, folder: RunFolder) -> Played:
        """Dress the files, send them, and say what left; raises when a program fails."""
        source, sources = forms.sources_of(folder, cell.kind)
        out = folder.path.parent / "out"
        out.mkdir(mode=0o700)
        if cell.form.script:
            self._inside(forms.dress_command(cell.form, source, out))
        paths = tuple(forms.payload(cell.form, source, out))
        work = folder.path.parent / "work"
        work.mkdir(mode=0o700)
        target = Target(self.target.address, self.target.ssh, self.target.certificate, work)
        before = self.arrived()
        if cell.tool.pull:
            self._serve(cell.tool, target, paths)
        else:
            self._inside(tools.send_command(cell.tool, target, paths))
        size = sum(path.stat().st_size for path in paths)
        copies = {path: _copies(path, paths) for path in sources}
        return Played(cell, sources, paths, size, self._arrived_since(before, size), copies)

    def _arrived_since(self, before: int, size: int) -> int:
        """Give what has arrived; what a client left in its socket's buffer still comes then."""
        pause = threading.Event()
        for _ in range(_TICKS):
            if self.arrived() - before >= size:
                break
            pause.wait(0.02)
        return self.arrived() - before

    def clear(self, folder: RunFolder) -> None:
        """Remove the files of a cell."""
        shutil.rmtree(folder.path.parent)

    def _inside(self, command: Sequence[str]) -> None:
        _run(self.network.sequencer.command(command))

    def _serve(self, tool: Tool, target: Target, paths: Sequence[Path]) -> None:
        server = subprocess.Popen(
            self.network.sequencer.command(tools.send_command(tool, target, paths)),
            stdin=subprocess.PIPE,
            env=traffic.environment(),
            start_new_session=True,
        )
        try:
            _run(self.network.hosts["cn"].command(tools.pull_command(tool, target, paths)))
        finally:
            server.communicate(b"", timeout=_CELL_SECONDS)

    def arrived(self) -> int:
        """Give the bytes that the far host's interface has received so far."""
        answer = run_ip("-n", self.network.hosts["cn"].name, "-s", "-j", "link", "show", "eth0")
        return int(json.loads(answer)[0]["stats64"]["rx"]["bytes"])


@contextmanager
def transfer_field() -> Iterator[TransferField]:
    """Build the lab with every server for which there is a program."""
    with ExitStack() as stack:
        network = stack.enter_context(lab_network(("cn", "us")))
        host, address = network.hosts["cn"], network.addresses["cn"].address
        near = network.addresses["us"].address
        place = network.directory
        write_packages(place / "packages")
        sink = stack.enter_context(
            http_sink(host, place / "http", [address], served=place / "packages")
        )
        stack.enter_context(
            http_sink(network.hosts["us"], place / "near", [near], served=place / "packages")
        )
        ssh = stack.enter_context(ssh_server(host, place / "ssh", [address]))
        stack.enter_context(file_servers.drain(host, sink.certificate))
        if find_program("vsftpd"):
            stack.enter_context(file_servers.ftp_server(host, place / "ftp"))
        if find_program("smbd"):
            stack.enter_context(file_servers.smb_server(host, place / "smb"))
        runs = place / "runs"
        runs.mkdir()
        yield TransferField(network, Target(address, ssh, sink.certificate, place), near, runs)


def write_packages(directory: Path) -> None:
    """Write what the far hosts give to those who download: package0, package1, ..."""
    directory.mkdir(parents=True)
    for number in range(_PACKAGES):
        (directory / f"package{number}").write_bytes(b"package %d\n" % number * 5000)


def all_cells() -> tuple[Cell, ...]:
    """Give the full matrix."""
    return tuple(Cell(*parts) for parts in itertools.product(TOOLS, FORMS, KINDS))


def pairwise(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Choose cells so that every two values that meet in the matrix meet in the choice."""
    open_pairs = set().union(*map(_pairs, cells)) if cells else set()
    chosen: list[Cell] = []
    while open_pairs:
        best = max(cells, key=lambda cell: len(open_pairs & _pairs(cell)))
        chosen.append(best)
        open_pairs -= _pairs(best)
    return tuple(chosen)


def _pairs(cell: Cell) -> set[tuple[str, str]]:
    return set(itertools.combinations((cell.tool.name, cell.form.name, cell.kind), 2))


def _copies(source: Path, paths: Sequence[Path]) -> tuple[Path, ...]:
    # Another program compares: a process that has read the files must not start those that send.
    size = source.stat().st_size
    others = (path for path in paths if path != source and path.stat().st_size == size)
    return tuple(
        path
        for path in others
        if subprocess.run(["cmp", "-s", source, path], check=False).returncode == 0
    )


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=traffic.environment(),
            start_new_session=True,
            timeout=_CELL_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise StrandwatchError(f"it took more than {_CELL_SECONDS:.0f} seconds") from error
    if done.returncode != 0:
        raise StrandwatchError((done.stderr or done.stdout).strip() or "it failed without a word")
