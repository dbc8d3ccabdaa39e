"""The store under faults: killed at any moment, full and read-only disks, clocks set back."""

import itertools
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from strandwatch.errors import StoreError, StrandwatchError
from strandwatch.store.reader import Reader
from strandwatch.store.verify import verify
from strandwatch.store.writer import SqliteWriter
from support.builders import START_NS, a_flow_record, a_transfer, an_alert

KILLS = 100
SCRIPT = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from support.builders import a_loss, a_flow_record, a_transfer
from strandwatch.store.writer import SqliteWriter

writer = SqliteWriter(Path(sys.argv[1]))
print("open", flush=True)
number = int(sys.argv[3])
while True:
    batch = [a_transfer(id=f"t{number}-{index}") for index in range(5)]
    flows = [a_flow_record(index, sent_bytes=number) for index in range(20)]
    writer.write([*batch, *flows])
    print(number, flush=True)
    number += 1
"""


def killed_once(path: Path, first: int, after_lines: int, more_bytes: int) -> list[int]:
    """Let a writer work, kill it without warning, and give the batches that it acknowledged."""
    tests = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path), tests, str(first)],
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        lines = [writer.stdout.readline() for _ in range(after_lines)]
        for _ in range(more_bytes):
            os.sched_yield()
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
    return [int(line) for line in lines if line.endswith("\n")]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_a_hundred_times_no_acknowledged_record_is_lost_or_doubled(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    chance = random.Random(8)
    acknowledged: list[int] = []

    for _ in range(KILLS):
        first = max(acknowledged, default=0) + 2
        acknowledged += killed_once(path, first, chance.randrange(4), chance.randrange(3000))

    found = verify(path)
    with Reader(path) as reader:
        kept = [transfer.id for transfer in reader.transfers()]
        flows = [flow.counters.sent_bytes or 0 for flow in reader.flows()]
    assert found.problem is None
    assert len(set(kept)) == len(kept)
    assert {f"t{number}-{index}" for number in acknowledged for index in range(5)} <= set(kept)
    assert len(kept) % 5 == 0
    assert len(set(flows)) == 1
    assert flows[0] >= max(acknowledged)
    assert not list(tmp_path.glob("*.damaged-*"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place)], check=True)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def filled(writer: SqliteWriter) -> tuple[int, str]:
    """Write until the store refuses; give how many batches it took, and its words."""
    for number in itertools.count():
        try:
            writer.write([a_flow_record(number * 100 + index) for index in range(100)])
        except StoreError as error:
            return number, str(error)
    raise AssertionError


@pytest.mark.root
def test_a_full_disk_loses_nothing_acknowledged_and_room_is_enough_to_go_on(
    small_disk: Path,
) -> None:
    path = small_disk / "record.db"
    writer = SqliteWriter(path)
    acknowledged, refusal = filled(writer)
    with Reader(path) as reader:
        kept = reader.count("flows")

    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    writer.write([a_transfer(), an_alert()])
    writer.close()

    assert "full" in refusal
    assert kept == acknowledged * 100
    assert not writer.put_aside
    assert verify(path).problem is None
    with Reader(path) as reader:
        assert (reader.count("flows"), reader.count("alerts")) == (kept, 1)


@pytest.mark.root
def test_a_disk_without_room_for_a_store_is_named(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes((4 << 20) - 8192))

    with pytest.raises(StoreError, match=r"record\.db"):
        SqliteWriter(small_disk / "record.db")


@pytest.mark.root
def test_a_read_only_file_system_is_named_and_its_record_still_read(
    small_disk: Path, tmp_path: Path
) -> None:
    path = small_disk / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_transfer()])
    writer.close()
    sealed = tmp_path / "sealed"
    sealed.mkdir()
    subprocess.run(["mount", "--bind", str(small_disk), str(sealed)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(sealed)], check=True)

    try:
        with pytest.raises(StrandwatchError, match=r"record\.db"):
            SqliteWriter(sealed / "record.db")
        with Reader(sealed / "record.db") as reader:
            assert [transfer.id for transfer in reader.transfers()] == ["t1"]
        assert verify(sealed / "record.db").problem is None
    finally:
        subprocess.run(["umount", "--lazy", str(sealed)], check=True)


def test_a_clock_set_back_a_day_changes_no_order_in_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    day_ns = 86_400 * 10**9
    writer.write([a_transfer(id="later", at_ns=START_NS)])
    writer.write([a_transfer(id="earlier", at_ns=START_NS - day_ns)])
    writer.write([a_flow_record(at_ns=START_NS), a_flow_record(at_ns=START_NS - day_ns)])
    writer.close()

    assert verify(path).problem is None
    with Reader(path) as reader:
        assert {transfer.id for transfer in reader.transfers()} == {"later", "earlier"}
        assert [flow.updated_ns for flow in reader.flows()] == [START_NS - day_ns]


def test_a_store_zeroed_in_the_middle_gives_way_to_a_new_one_at_the_latest_when_met(
    tmp_path: Path,
) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_flow_record(number) for number in range(2000)])
    writer.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 4)
        file.write(bytes(path.stat().st_size // 2))

    writer = SqliteWriter(path)
    writer.write([a_flow_record(number, sent_bytes=5) for number in range(2000)])
    writer.close()

    assert (tmp_path / "record.db.damaged-1").exists()
    assert verify(path).problem is None
    with Reader(path) as reader:
        assert reader.count("flows") == 2000
