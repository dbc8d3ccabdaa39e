"""The spool on disk."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strandwatch.errors import SinkError
from strandwatch.sinks.spool import DEAD_KEPT, Parcel, Spool


def a_spool(path: Path, *, max_parcels: int = 1_000, max_bytes: int = 1_000_000) -> Spool:
    spool = Spool(path, max_parcels=max_parcels, max_bytes=max_bytes)
    spool.open()
    return spool


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = a_spool(tmp_path / "s.spool")
    yield opened
    opened.close()


def drained(spool: Spool) -> list[str]:
    """Acknowledge everything, and give the keys in their order."""
    keys = []
    while (found := spool.first()) is not None:
        keys.append(found[1].key)
        spool.acknowledge(*found)
    return keys


def test_what_is_put_comes_out_in_order_and_once(spool: Spool) -> None:
    for number in range(5):
        spool.put(Parcel(str(number), b"x"))

    assert spool.waiting == 5
    assert drained(spool) == ["0", "1", "2", "3", "4"]
    assert spool.waiting == 0


def test_what_is_not_acknowledged_is_there_after_a_restart(tmp_path: Path) -> None:
    first = a_spool(tmp_path / "s.spool")
    for number in range(3):
        first.put(Parcel(str(number), b"x"))
    found = first.first()
    assert found is not None
    first.acknowledge(*found)
    first.close()

    again = a_spool(tmp_path / "s.spool")

    assert again.waiting == 2
    assert drained(again) == ["1", "2"]
    again.close()


def test_what_is_put_outlives_a_kill(tmp_path: Path) -> None:
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom strandwatch.sinks.spool import *\n"
        "s = Spool(Path(sys.argv[1]), max_parcels=9, max_bytes=99)\ns.open()\n"
        "s.put(Parcel('kept', b'x'))\nos.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path / "s.spool"], check=False)

    again = a_spool(tmp_path / "s.spool")

    assert done.returncode == -9
    assert drained(again) == ["kept"]
    again.close()


@pytest.mark.parametrize("bounds", [{"max_parcels": 2}, {"max_bytes": 20}])
def test_a_full_spool_refuses_and_takes_again_when_there_is_room(
    tmp_path: Path, bounds: dict[str, int]
) -> None:
    spool = a_spool(tmp_path / "s.spool", **bounds)
    spool.put(Parcel("a", b"x" * 10))
    spool.put(Parcel("b", b"x" * 10))

    with pytest.raises(SinkError, match="full with 2 alerts"):
        spool.put(Parcel("c", b"x" * 10))
    found = spool.first()
    assert found is not None
    spool.acknowledge(*found)
    spool.put(Parcel("d", b"x" * 10))

    assert drained(spool) == ["b", "d"]
    spool.close()


def test_what_is_refused_is_put_aside_with_the_reason(spool: Spool) -> None:
    spool.put(Parcel("bad", b"x"))
    found = spool.first()
    assert found is not None

    spool.bury(*found, "answered 400")

    assert spool.waiting == 0
    assert spool.dead() == [(Parcel("bad", b"x"), "answered 400")]


def test_only_so_many_refused_ones_are_kept(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strandwatch.sinks.spool.DEAD_KEPT", 3)
    assert DEAD_KEPT > 3
    for number in range(5):
        spool.put(Parcel(str(number), b"x"))
        found = spool.first()
        assert found is not None
        spool.bury(*found, "no")

    assert [parcel.key for parcel, _ in spool.dead()] == ["2", "3", "4"]


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    a_spool(tmp_path / "s.spool").close()

    assert (tmp_path / "s.spool").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"no database at all" * 100, None])
def test_a_file_that_cannot_be_used_is_a_sink_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "s.spool"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)

    with pytest.raises(SinkError, match=r"spool s\.spool"):
        a_spool(path)


def test_a_closed_spool_says_so(tmp_path: Path) -> None:
    spool = a_spool(tmp_path / "s.spool")
    spool.close()
    spool.close()

    with pytest.raises(SinkError, match="closed"):
        spool.put(Parcel("a", b""))


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["put", "take", "restart"]), max_size=30), st.integers())
def test_nothing_is_lost_doubled_or_out_of_order(steps: list[str], salt: int) -> None:
    path = Path(f"/dev/shm/spool-{os.getpid()}-{salt & 0xFFFF}")  # noqa: S108 gone below
    spool, put, taken = a_spool(path), 0, []
    try:
        for step in steps:
            if step == "put":
                spool.put(Parcel(str(put), b"x"))
                put += 1
            elif step == "take" and (found := spool.first()) is not None:
                taken.append(found[1].key)
                spool.acknowledge(*found)
            elif step == "restart":
                spool.close()
                spool = a_spool(path)
        assert taken + drained(spool) == [str(number) for number in range(put)]
    finally:
        spool.close()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
