"""Workers as real processes: they answer, they are locked in, and they come back."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from strandwatch.errors import WorkerError
from strandwatch.runtime.sandbox import Worker

ESCAPES = """
import os, socket

def open_worker(arguments):
    def handle(request, descriptor):
        kind = request["do"]
        if kind == "echo":
            return request
        if kind == "read":
            return os.pread(descriptor, 10, 0).decode()
        if kind == "open":
            return os.open(request["path"], os.O_RDONLY)
        if kind == "socket":
            return socket.socket().fileno()
        if kind == "write":
            return os.write(descriptor, b"x")
        if kind == "fork":
            return os.fork()
        if kind == "exec":
            os.execv("/bin/true", ["true"])
        if kind == "memory":
            return len(bytearray(4 << 30))
        if kind == "die":
            os._exit(3)
        if kind == "stall":
            while True:
                pass
        raise ValueError("no such request")
    return handle
"""


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker whose room tries to break out when it is asked to."""
    package = tmp_path / "sitecustomize.py"
    package.write_text(
        "import sys, types\n"
        "room = types.ModuleType('strandwatch.dissect.worker')\n"
        f"exec({ESCAPES!r}, room.__dict__)\n"
        "sys.modules['strandwatch.dissect.worker'] = room\n"
    )
    monkeypatch.setattr(
        "strandwatch.runtime.sandbox.EXTRA_ENVIRONMENT", {"PYTHONPATH": str(tmp_path)}
    )
    made = Worker("dissect", {}, 2.0)
    yield made
    made.stop()
    made.stop()


def test_a_worker_answers_with_what_its_room_says(worker: Worker) -> None:
    assert worker.call({"do": "echo", "n": 1}) == {"do": "echo", "n": 1}
    assert worker.lacks == ()


def test_a_worker_reads_the_descriptor_that_it_is_handed(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789abcdef")
    descriptor = os.open(path, os.O_RDONLY)

    answer = worker.call({"do": "read"}, descriptor)

    os.close(descriptor)
    assert answer == "0123456789"


@pytest.mark.parametrize(
    ("escape", "error"),
    [
        ({"do": "open", "path": "/etc/passwd"}, "PermissionError"),
        ({"do": "socket"}, "PermissionError"),
        ({"do": "fork"}, "PermissionError"),
        ({"do": "exec"}, "PermissionError"),
        ({"do": "memory"}, "MemoryError"),
    ],
)
def test_a_worker_cannot_break_out(worker: Worker, escape: dict[str, str], error: str) -> None:
    with pytest.raises(WorkerError, match=error):
        worker.call(escape)

    assert worker.call({"do": "echo"}) == {"do": "echo"}


def test_a_worker_cannot_write_to_a_file_that_it_was_handed(worker: Worker, tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file, pytest.raises(WorkerError):
        worker.call({"do": "write"}, file.fileno())

    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.parametrize("end", ["die", "stall"])
def test_a_worker_that_dies_or_stalls_costs_one_answer(worker: Worker, end: str) -> None:
    with pytest.raises(WorkerError):
        worker.call({"do": end})

    assert worker.call({"do": "echo"}) == {"do": "echo"}
    assert worker.restarts == 1


def test_a_worker_holds_no_capability(worker: Worker) -> None:
    worker.call({"do": "echo"})

    status = Path(f"/proc/{worker.pid}/status").read_text()

    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd"):
        assert int(fields[kind], 16) == 0 or (kind == "CapBnd" and os.geteuid() != 0)
    assert fields["NoNewPrivs"].strip() == "1"
    assert fields["Seccomp"].strip() == "2"


def test_a_room_that_does_not_exist_is_a_worker_that_does_not_start() -> None:
    with pytest.raises(WorkerError, match="did not start"):
        Worker("nothing", {}, 1.0).call({})


def test_a_worker_is_not_running_before_its_first_call() -> None:
    worker = Worker("dissect", {}, 1.0)

    worker.stop()

    assert worker.pid is None
