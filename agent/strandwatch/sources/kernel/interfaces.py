"""What interfaces sent against what sockets were seen sending: the rest is nobody's.

Only interfaces that lead off the machine are compared, by default those with hardware behind them;
others pass bytes on that were counted already. Where packets leave through an interface above the
hardware (bond, VLAN), nothing is attributed to the hardware and the attributed bytes are unknown.
"""

import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from strandwatch.domain.observation import InterfaceCounted

_TRANSMITTED = 8
"""Which column of /proc/net/dev (proc(5)) holds the bytes transmitted."""


class Interfaces:
    """Compares since its making; bytes of earlier are neither counted nor missed."""

    def __init__(
        self,
        network_namespace: int,
        *,
        named: Sequence[str] = (),
        proc: Path = Path("/proc"),
        devices: Path = Path("/sys/class/net"),
    ) -> None:
        self._namespace = network_namespace
        self._named = frozenset(named)
        self._proc = proc
        self._devices = devices
        self._before = dict(self._transmitted())
        self._told: dict[str, int] = {}

    def count(
        self, attributed: Mapping[tuple[int, int], int], at_ns: int
    ) -> Iterator[InterfaceCounted]:
        """Give the interfaces that sent something since the last call.

        `attributed` holds the bytes seen by (network namespace, interface number).
        """
        for name, transmitted in self._transmitted():
            sent = transmitted - self._before.setdefault(name, 0)
            if sent <= self._told.get(name, 0):
                continue
            self._told[name] = sent
            yield InterfaceCounted(
                at_ns=at_ns,
                interface=name,
                network_namespace=self._namespace,
                transmitted_bytes=sent,
                attributed_bytes=attributed.get((self._namespace, _number(name))),
            )

    def _transmitted(self) -> Iterator[tuple[str, int]]:
        try:
            lines = (self._proc / "self/net/dev").read_text().splitlines()
        except OSError:
            return
        for line in lines:
            name, separator, columns = line.strip().partition(":")
            if separator and self._leads_off(name):
                yield name, int(columns.split()[_TRANSMITTED])

    def _leads_off(self, name: str) -> bool:
        if self._named:
            return name in self._named
        return (self._devices / name / "device").exists()


def _number(name: str) -> int:
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0
