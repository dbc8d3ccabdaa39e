import os
import socket
from pathlib import Path

from strandwatch.domain.file import FileKey
from strandwatch.domain.observation import OpenMode
from strandwatch.domain.process import DescriptorKind
from strandwatch.sources.descriptors import (
    describe,
    descriptor_numbers,
    open_mode,
    socket_inodes,
)

PROC = Path("/proc")


def test_a_file_being_read_shows_its_position(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"0123456789")
    with path.open("rb", buffering=0) as file:
        file.read(4)

        found = describe(PROC, os.getpid(), file.fileno())

    assert found is not None
    assert (found.kind, found.offset, found.writable) == (DescriptorKind.FILE, 4, False)
    assert found.target == FileKey(path.stat().st_dev, path.stat().st_ino)


def test_both_ends_of_a_pipe_lead_to_the_same_target() -> None:
    read, write = os.pipe()

    ends = [describe(PROC, os.getpid(), end) for end in (read, write)]
    os.close(read)
    os.close(write)

    assert [(end.kind, end.writable) for end in ends if end] == [
        (DescriptorKind.PIPE, False),
        (DescriptorKind.PIPE, True),
    ]
    assert len({end.target for end in ends if end}) == 1


def test_sockets_are_found_by_inode() -> None:
    with socket.socket() as mine:
        inode = os.fstat(mine.fileno()).st_ino

        assert inode in set(socket_inodes(PROC, os.getpid()))


def test_a_closed_descriptor_is_none() -> None:
    assert describe(PROC, os.getpid(), 999_999) is None


def test_a_process_that_is_gone_holds_nothing() -> None:
    assert descriptor_numbers(PROC, 2**22 + 1) == []
    assert list(socket_inodes(PROC, 2**22 + 1)) == []


def test_how_a_process_holds_a_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with path.open("wb") as file:
        status = os.fstat(file.fileno())
        held = open_mode(PROC, os.getpid(), FileKey(status.st_dev, status.st_ino))

    assert held is OpenMode.WRITE
    assert open_mode(PROC, os.getpid(), FileKey(0, 0)) is OpenMode.UNKNOWN
