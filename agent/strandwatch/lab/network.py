"""The lab's network: a sequencer and hosts of the world around it, joined by a switch.

Every host is a network namespace with one interface, eth0, on one bridge in a namespace of its
own, so that no interface of the machine is touched. The addresses are of the prefixes reserved for
documentation; geoip/lab.mmdb says in which country each of them is.
"""

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from strandwatch.lab import namespaces, privileges
from strandwatch.lab.namespaces import Namespace
from strandwatch.lab.programs import require_programs

RESOLVER_ADDRESS = "192.0.2.53"
"""Where the lab's name server listens."""

_serials = itertools.count(1)


@dataclass(frozen=True, slots=True)
class LabHost:
    """A machine of the lab by its addresses."""

    name: str
    address: str
    address6: str | None = None


SEQUENCER = LabHost("sequencer", "192.0.2.10", "2001:db8:5::10")
HOSTS = (
    LabHost("cn", "203.0.113.10", "2001:db8:c::10"),
    LabHost("hk", "203.0.113.200"),
    LabHost("ru", "203.0.113.140"),
    LabHost("us", "198.51.100.10", "2001:db8:a::10"),
    LabHost("tw", "198.51.100.130"),
    LabHost("de", "198.51.100.200"),
    LabHost("resolver", RESOLVER_ADDRESS),
)
"""The hosts by the country that the lab's address database puts them in."""


@dataclass(frozen=True, slots=True)
class Network:
    """A lab that is up: the namespaces of the sequencer and of the hosts around it."""

    sequencer: Namespace
    hosts: dict[str, Namespace]
    addresses: dict[str, LabHost]
    directory: Path
    """A temporary directory that goes with the lab."""


@contextmanager
def lab_network(names: Sequence[str] = ("cn", "us", "resolver")) -> Iterator[Network]:
    """Build the lab with these hosts and take it down afterwards, whatever happens.

    Raises MissingCapabilityError when a program is missing or the kernel refuses.
    """
    require_programs("ip", "mount", "nsenter", "setpriv", "unshare")
    privileges.check_lab_privileges()
    namespaces.remove_leftovers()
    hosts = {host.name: host for host in HOSTS if host.name in names}
    with ExitStack() as stack:
        prefix = namespaces.own_key(next(_serials))
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=prefix)))
        machines = [SEQUENCER, *hosts.values()]
        made = [prefix + name for name in ("switch", *(machine.name for machine in machines))]
        stack.callback(namespaces.remove_namespaces, made)
        namespaces.add_namespaces(made)
        _connect(prefix, machines)
        sequencer = Namespace(
            prefix + SEQUENCER.name, _resolver_files(directory), privileges.without_privileges()
        )
        rooms = {name: Namespace(prefix + name) for name in hosts}
        yield Network(sequencer, rooms, hosts, directory)


def _connect(prefix: str, machines: Sequence[LabHost]) -> None:
    """Plug every machine into the switch and give it its addresses."""
    switch = ["link add switch type bridge", "link set switch up", "link set lo up"]
    for number, machine in enumerate(machines):
        port = f"port{number}"
        switch += [
            f"link add {port} type veth peer name eth0 netns {prefix}{machine.name}",
            f"link set {port} master switch up",
        ]
    _configure(prefix + "switch", switch)
    for machine in machines:
        _configure(prefix + machine.name, _addresses_of(machine))


def _addresses_of(machine: LabHost) -> list[str]:
    lines = [
        "link set lo up",
        f"addr add {machine.address}/32 dev eth0",
        "link set eth0 up",
        "route add default dev eth0",
    ]
    if machine.address6 and Path("/proc/net/if_inet6").exists():
        lines += [
            f"addr add {machine.address6}/128 dev eth0 nodad",
            "route add ::/0 dev eth0",
        ]
    return lines


def _configure(name: str, lines: Sequence[str]) -> None:
    namespaces.run_ip("-n", name, "-batch", "-", script="\n".join(lines) + "\n")


def _resolver_files(directory: Path) -> dict[Path, Path]:
    """Write the files that send the sequencer's programs to the lab's name server."""
    resolver = directory / "resolv.conf"
    resolver.write_text(f"nameserver {RESOLVER_ADDRESS}\noptions timeout:1 attempts:2\n")
    switch = directory / "nsswitch.conf"
    switch.write_text("passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")
    for path in (directory, resolver, switch):
        path.chmod(0o755 if path.is_dir() else 0o644)
    theirs = {Path("/etc/resolv.conf"): resolver, Path("/etc/nsswitch.conf"): switch}
    return {path: ours for path, ours in theirs.items() if path.exists()}
