"""The portable tier as an ordinary user: in a process that has given up everything."""

import json
import subprocess
import sys

import pytest

WATCH = """
import json, os, socket
from strandwatch.domain.observation import FlowClosed, FlowOpened, FlowProgressed
from strandwatch.sources.processes import ProcessReader
from strandwatch.sources.sockets_portable import PortableFlowSource
from support.watching import MachineClock, watching

if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
def holders(key):
    told = [*seen.of(FlowOpened), *seen.of(FlowProgressed)]
    return {holder.pid for each in told if each.key == key for holder in each.holders}

clock = MachineClock()
processes = ProcessReader(clock)
source = PortableFlowSource(
    clock, processes, poll_seconds=0.05, holders_seconds=0.2, include_loopback=True
)
with socket.create_server(("127.0.0.1", 0)) as server, watching(source) as seen:
    port = server.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)) as client, server.accept()[0] as taken:
        mine = client.getsockname()[1]
        client.sendall(bytes(100_000))
        received = 0
        while received < 100_000:
            received += len(taken.recv(65_536))
        opened = seen.wait_for(FlowOpened, lambda told: told.flow.source.port == mine)
        seen.wait_until(lambda: holders(opened.key))
    closed = seen.wait_for(FlowClosed, lambda told: told.key == opened.key)
print(json.dumps({
    "user": os.geteuid(),
    "holders": [pid == os.getpid() for pid in holders(opened.key)],
    "sent_bytes": closed.counters.sent_bytes,
    "ending": closed.ending.value,
}))
"""


@pytest.mark.root
def test_an_ordinary_user_counts_its_own_upload_to_the_byte() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCH],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
    )

    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"user": 65534, "holders": [True], "sent_bytes": 100_000, "ending": "closed"}
