"""Bytes of interfaces against bytes of sockets."""

from pathlib import Path

import pytest

from strandwatch.sources.kernel.interfaces import Interfaces

HEAD = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
"""


def machine(root: Path, **transmitted: int) -> Path:
    folder = root / "self/net"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"  {name}: 1 2 0 0 0 0 0 0 {sent} 9 0\n" for name, sent in transmitted.items()]
    (folder / "dev").write_text(HEAD + "".join(lines))
    return root


def hardware(root: Path, *names: str) -> Path:
    for name in names:
        (root / name / "device").mkdir(parents=True)
    return root


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    return hardware(tmp_path / "devices", "lo-with-hardware")


def test_only_what_was_sent_since_the_start_is_counted(tmp_path: Path, devices: Path) -> None:
    proc = machine(tmp_path, **{"lo-with-hardware": 1000, "veth0": 5})
    interfaces = Interfaces(7, proc=proc, devices=devices)
    machine(tmp_path, **{"lo-with-hardware": 1500, "veth0": 500})

    (counted,) = interfaces.count({}, at_ns=3)

    assert counted.interface == "lo-with-hardware"
    assert counted.transmitted_bytes == 500
    assert counted.attributed_bytes is None
    assert counted.network_namespace == 7


def test_the_bytes_of_sockets_stand_beside_those_of_the_interface(tmp_path: Path) -> None:
    proc = machine(tmp_path, lo=0)
    interfaces = Interfaces(7, named=["lo"], proc=proc)
    machine(tmp_path, lo=900)

    (counted,) = interfaces.count({(7, 1): 850, (8, 1): 3}, at_ns=3)

    assert (counted.transmitted_bytes, counted.attributed_bytes) == (900, 850)


def test_a_quiet_interface_is_not_told_again(tmp_path: Path) -> None:
    proc = machine(tmp_path, lo=0)
    interfaces = Interfaces(7, named=["lo"], proc=proc)
    machine(tmp_path, lo=900)
    list(interfaces.count({}, at_ns=3))

    assert list(interfaces.count({}, at_ns=4)) == []


def test_an_interface_that_appears_later_counts_from_nothing(tmp_path: Path) -> None:
    interfaces = Interfaces(7, named=["tap0"], proc=machine(tmp_path))
    machine(tmp_path, tap0=40)

    (counted,) = interfaces.count({}, at_ns=3)

    assert counted.transmitted_bytes == 40


def test_a_machine_that_does_not_tell_has_no_interfaces(tmp_path: Path) -> None:
    assert list(Interfaces(7, proc=tmp_path).count({}, at_ns=1)) == []
