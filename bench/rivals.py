"""The usual ways to watch traffic from Python, run beside ours in the same namespace.

psutil: look ten times a second who has which connection. scapy: sniff the interface, add up what
goes out, and ask psutil for the process when a conversation first shows. Speaks by lines: "reset"
begins a case with a fresh watch, "report" answers with a line of JSON.
"""

import contextlib
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psutil
from scapy.config import conf
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.sendrecv import AsyncSniffer, sniff

_POLL_SECONDS = 0.1
_PROTOCOLS = {TCP: "tcp", UDP: "udp", ICMP: "icmp"}

Conversation = tuple[str, str, int, str, int]


class PsutilWatch:
    """Processes by their connections, at intervals."""

    def __init__(self) -> None:
        self.pids: set[int] = set()

    def poll(self) -> None:
        """Look once."""
        for connection in psutil.net_connections("inet"):
            if connection.pid and connection.status != "LISTEN":
                self.pids.add(connection.pid)


class ScapyWatch:
    """Bytes by conversation and process."""

    def __init__(self, own: set[str]) -> None:
        self._own = own
        self._owners: dict[Conversation, int | None] = {}
        self.wire = 0
        self.payload: Counter[int | None] = Counter()

    def take(self, packet: Any) -> None:
        """Add one packet."""
        network = packet.getlayer(IP) or packet.getlayer(IPv6)
        if network is None or network.src not in self._own:
            return
        self.wire += len(packet)
        conversation, payload = _read(network)
        if conversation not in self._owners:
            self._owners[conversation] = _owner(conversation)
        self.payload[self._owners[conversation]] += payload


def _read(network: Any) -> tuple[Conversation, int]:
    transport = next((kind for kind in _PROTOCOLS if kind in network), None)
    length = network.len - network.ihl * 4 if isinstance(network, IP) else network.plen
    if transport is None:
        return ("other", network.src, 0, network.dst, 0), length
    head = network[transport]
    ports = (0, 0) if transport is ICMP else (head.sport, head.dport)
    header = head.dataofs * 4 if transport is TCP else 8 if transport is UDP else 0
    name = _PROTOCOLS[transport]
    return (name, network.src, ports[0], network.dst, ports[1]), length - header


def _owner(conversation: Conversation) -> int | None:
    _, _, source_port, _, _ = conversation
    for connection in psutil.net_connections("inet"):
        if connection.laddr and connection.laddr.port == source_port and connection.pid:
            return int(connection.pid)
    return None


def main() -> None:
    """Serve until the input ends."""
    print("ready", flush=True)
    if sys.argv[1] in _TIMES:
        _TIMES[sys.argv[1]]()
    watch = _psutil if sys.argv[1] == "psutil" else _scapy
    with contextlib.ExitStack() as running:
        report: Any = dict
        for line in sys.stdin:
            if line.strip() == "reset":
                running.close()
                report = running.enter_context(watch())
                print("{}", flush=True)
            else:
                print(json.dumps(report()), flush=True)


@contextlib.contextmanager
def _psutil() -> Iterator[Any]:
    watch, stop = PsutilWatch(), threading.Event()

    def poll() -> None:
        while not stop.wait(_POLL_SECONDS):
            watch.poll()

    poller = threading.Thread(target=poll)
    poller.start()
    try:
        yield lambda: {"pids": sorted(watch.pids)}
    finally:
        stop.set()
        poller.join()


@contextlib.contextmanager
def _scapy() -> Iterator[Any]:
    watch, started = ScapyWatch(_own_addresses()), threading.Event()
    sniffer = AsyncSniffer(iface="eth0", store=False, prn=watch.take, started_callback=started.set)
    sniffer.start()
    started.wait(10)
    try:
        yield lambda: {
            "wire": watch.wire,
            "payload": sum(watch.payload.values()),
            "by_pid": {str(pid): sent for pid, sent in watch.payload.items() if pid},
        }
    finally:
        sniffer.stop()


def _psutil_times() -> None:
    """Print each local port and when it was first seen."""
    seen: set[int] = set()
    stop = threading.Event()
    while not stop.wait(_POLL_SECONDS):
        for connection in psutil.net_connections("inet"):
            if connection.raddr and connection.pid and connection.laddr.port not in seen:
                seen.add(connection.laddr.port)
                _tell_time(connection.laddr.port)


def _scapy_times() -> None:
    """Print each source port and when its first packet was seen."""
    own, seen = _own_addresses(), set()

    def take(packet: Any) -> None:
        head = packet.getlayer(TCP)
        if head is not None and packet[IP].src in own and head.sport not in seen:
            seen.add(head.sport)
            _tell_time(head.sport)

    sniff(iface="eth0", store=False, prn=take)


def _tell_time(port: int) -> None:
    print(port, time.clock_gettime_ns(time.CLOCK_REALTIME), flush=True)


def _own_addresses() -> set[str]:
    return {
        address.address for addresses in psutil.net_if_addrs().values() for address in addresses
    }


_TIMES = {"psutil-times": _psutil_times, "scapy-times": _scapy_times}

if __name__ == "__main__":
    conf.sniff_promisc = False
    main()
