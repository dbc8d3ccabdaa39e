"""Programs that send known amounts in known ways from inside a namespace of the lab."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from strandwatch.lab.namespaces import Namespace

_SINK = """
import selectors, socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
ready = selectors.DefaultSelector()
server = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family, backlog=4096)
datagrams = socket.socket(family, socket.SOCK_DGRAM)
datagrams.bind((sys.argv[1], int(sys.argv[2])))
ready.register(server, selectors.EVENT_READ)
ready.register(datagrams, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in ready.select():
        if key.fileobj is server:
            ready.register(server.accept()[0], selectors.EVENT_READ)
        elif not key.fileobj.recv(1 << 20) and key.fileobj is not datagrams:
            ready.unregister(key.fileobj)
            key.fileobj.close()
"""


class Child:
    """A program in a namespace that speaks by lines."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.pid = process.pid

    def hear(self) -> str:
        """Wait for the next line of its output."""
        return _pipe(self._process.stdout).readline().strip()

    def tell(self, line: str) -> None:
        """Give it a line of input."""
        pipe = _pipe(self._process.stdin)
        pipe.write(line + "\n")
        pipe.flush()

    def wait(self) -> int:
        """Wait for its end."""
        return self._process.wait(timeout=30)


def run_python(namespace: Namespace, script: str, *arguments: str) -> int:
    """Run a script to its end and give its process id."""
    with python_child(namespace, script, *arguments) as child:
        assert child.wait() == 0
    return child.pid


@contextmanager
def python_child(namespace: Namespace, script: str, *arguments: str) -> Iterator[Child]:
    """Run a script; it is killed at the end if it has not ended."""
    command = namespace.command([sys.executable, "-c", script, *arguments], bound=False)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Child(process)
        finally:
            if process.poll() is None:
                process.kill()


@contextmanager
def sink(namespace: Namespace, address: str, port: int) -> Iterator[None]:
    """Take TCP connections and datagrams and throw away what they bring."""
    with python_child(namespace, _SINK, address, str(port)) as child:
        assert child.hear() == "ready"
        yield


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
