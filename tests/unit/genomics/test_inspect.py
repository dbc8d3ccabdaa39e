import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from strandwatch.domain.file import FileFormat
from support.genomics_files import facts_of


def test_a_vanished_file_is_a_normal_answer(tmp_path: Path) -> None:
    facts = facts_of(tmp_path / "gone")

    assert facts.format is FileFormat.UNKNOWN
    assert facts.unknown_reason == "vanished"


def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.bam")

    assert facts_of(tmp_path / "x.bam").unknown_reason == "not a regular file"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "zero").symlink_to("/dev/zero")

    assert facts_of(tmp_path / "loop").unknown_reason == "not a regular file: a symbolic link"
    assert facts_of(tmp_path / "zero").unknown_reason == "not a regular file: a symbolic link"


def test_devices_directories_and_sockets_are_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        reasons = {
            facts_of(path).unknown_reason
            for path in (tmp_path, Path("/dev/zero"), tmp_path / "socket")
        }

    assert reasons == {"not a regular file"}


@pytest.fixture
def _as_nobody() -> Iterator[None]:
    """Root may read every file: become someone who may not."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield
    if before == 0:
        os.seteuid(0)


@pytest.mark.usefixtures("_as_nobody")
def test_permission_denied_is_said() -> None:
    assert facts_of(Path("/proc/1/environ")).unknown_reason == "permission denied"
