"""The layouts that both sides of the kernel boundary agree on."""

import struct

import pytest

from strandwatch.domain.flow import Protocol
from strandwatch.sources.kernel import records
from strandwatch.sources.kernel.libbpf import BpfObject
from strandwatch.sources.kernel.programs import image
from strandwatch.sources.kernel.records import (
    COUNTS,
    DESTINATION,
    DESTINATION_KEY,
    DEVICE,
    EXECUTED,
    MARKS,
    Actor,
    FlowFlag,
    protocol_name,
    read_destination,
    read_executed,
    read_exited,
    read_flow,
    read_forked,
    read_marks,
)

EXEC_TEXT = 512 + 2048


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("destinations", DESTINATION_KEY.size, DESTINATION.size),
        ("devices", 8, DEVICE.size),
        ("marks", 8, MARKS.size),
        ("counts", 4, COUNTS.size),
        ("scratch", 4, EXECUTED.size + EXEC_TEXT),
        ("flows", 4, records.FLOW.size - records.FLOW_HEAD.size),
    ],
)
def test_the_layouts_are_those_of_the_compiled_object(name: str, key: int, value: int) -> None:
    bpf = BpfObject(image())

    sizes = bpf.sizes(name)
    bpf.close()

    assert sizes == (key, value)


def test_a_flow_is_read_with_its_ends_totals_and_senders() -> None:
    mapped = bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1])
    data = records.FLOW.pack(
        *(3, 1, 10, 6, 4000, 443, 0, 4026531833, 77, 1000),
        *(mapped, bytes(15) + b"\1", 501, 9, 3, 1000),
        *(900, 500, 640, 4, 0, 0),
        *(5_000, 42, 0),
        *(5_000, 42, 0, 400),
        *(6_000, 43, 0, 100),
        *(0, 0, 0, 0),
        *(0, 0, 0, 0),
        *(FlowFlag.OUTBOUND, 0),
    )

    record = read_flow(b"before" + data, 6)

    assert record.source == ("192.0.2.1", 4000)
    assert record.destination == ("::1", 443)
    assert (record.cookie, record.acked, record.handed, record.wire) == (77, 501, 500, 640)
    assert record.opener == Actor(42, 5_000)
    assert record.senders == [(Actor(42, 5_000), 400), (Actor(43, 6_000), 100)]
    assert record.flags == FlowFlag.OUTBOUND


def test_a_destination_is_read_with_its_key() -> None:
    address = bytes([203, 0, 113, 9]) + bytes(12)
    key = DESTINATION_KEY.pack(5, address, 42, 53, 17, 2)
    source = bytes([192, 0, 2, 1]) + bytes(12)
    value = DESTINATION.pack(10, 52, 0, 100, 200, 5_000, source, 7, 0, 4000, 0, 1)

    record = read_destination(key + value)

    assert record.key == key
    assert record.destination == ("203.0.113.9", 53)
    assert record.source == ("192.0.2.1", 4000)
    assert (record.pid, record.payload, record.wire, record.network_namespace) == (42, 10, 52, 7)


def test_the_hardware_address_names_a_frame_that_holds_no_ip() -> None:
    key = DESTINATION_KEY.pack(5, bytes([2, 0, 0, 0, 0, 9]) + bytes(10), 42, 0x88CC, 0, 17)

    record = read_destination(key + bytes(DESTINATION.size))

    assert record.destination == ("02:00:00:00:00:09", 0x88CC)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (b"curl\0-T\0a file\0\0", ("curl", "-T", "a file", "")),
        (b"\xff\xfe\0", ("\\xff\\xfe",)),
        (b"", ("",)),
    ],
)
def test_arguments_are_read_as_they_were_given(arguments: bytes, command: tuple[str, ...]) -> None:
    path = b"/usr/bin/curl\0"
    head = EXECUTED.pack(
        *(6, 0, len(path), len(arguments), 0, 1000, 5_000, 42, 4_000, 1),
        *(1000, 2**32 - 1, 7, 8, 9, 0, 11, b"curl"),
        *(3, 0, 6, 2, 0o100644),
        *(0, 0, 0, 0, 0),
        *(0, 0, 0, 0, 0),
    )

    record = read_executed(head + path + arguments)

    assert record.path == "/usr/bin/curl"
    assert record.command == command
    assert record.comm == "curl"
    assert record.login_user_id is None
    assert [item.inode for item in record.standard] == [3, 0, 0]


def test_an_unknown_count_of_read_bytes_is_none() -> None:
    known = records.EXITED.pack(8, 1000, 5_000, 42, 123)
    unknown = records.EXITED.pack(8, 1000, 5_000, 42, 2**64 - 1)

    assert read_exited(known) == (1000, Actor(42, 5_000), 123)
    assert read_exited(unknown) == (1000, Actor(42, 5_000), None)


def test_a_fork_names_parent_and_child() -> None:
    data = records.FORKED.pack(7, 1000, 5_000, 42, 6_000, 43)

    assert read_forked(data) == (1000, Actor(42, 5_000), Actor(43, 6_000))


def test_the_last_sender_comes_first_among_the_marks() -> None:
    data = struct.pack("=" + "QIIQ" * 4 + "II", 1, 42, 0, 10, 2, 43, 0, 20, *(0,) * 8, 999, 1)

    assert read_marks(data) == [(Actor(43, 2), 20), (Actor(42, 1), 10)]


@pytest.mark.parametrize(
    ("family", "number", "flags", "protocol"),
    [
        (2, 6, 0, Protocol.TCP),
        (10, 58, 0, Protocol.ICMPV6),
        (2, 255, 0, Protocol.RAW),
        (2, 99, 0, Protocol.OTHER),
        (2, 0, FlowFlag.FRAMES, Protocol.PACKET),
        (17, 0, 0, Protocol.PACKET),
    ],
)
def test_protocols_have_words(family: int, number: int, flags: int, protocol: Protocol) -> None:
    assert protocol_name(family, number, flags) is protocol
