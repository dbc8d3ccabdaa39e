from pathlib import Path

import pytest

from strandwatch.domain.destination import Caveat
from strandwatch.jurisdiction.collect import library_in
from strandwatch.jurisdiction.opening import open_resolver
from strandwatch.jurisdiction.update import Updater
from support.address_data import (
    BUILD_EPOCH,
    DAY_SECONDS,
    SECOND_NS,
    StoppedClock,
    write_world,
)

NEWER = BUILD_EPOCH + 10 * DAY_SECONDS


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock((BUILD_EPOCH + 12 * DAY_SECONDS) * SECOND_NS)


def _import(cache: Path, folder: Path, name: str, epoch: int, database_type: str) -> Path:
    brought = write_world(folder / f"{name}.mmdb", build_epoch=epoch, database_type=database_type)
    library = library_in(cache)
    Updater(library, {}).import_file(brought, (epoch + DAY_SECONDS) * SECOND_NS, name=name)
    return library.directory / library.shelves()[name].current.file


def test_a_fetched_database_replaces_the_embedded_one_without_a_restart(
    tmp_path: Path, clock: StoppedClock
) -> None:
    resolver = open_resolver(cache_directory=tmp_path / "c", clock=clock)
    before = resolver.databases[0].database.build_date

    _import(tmp_path / "c", tmp_path, "ipinfo_lite", NEWER, "ipinfo new.mmdb")
    reloaded = resolver.refresh()

    assert before == "2026-10-26"
    assert reloaded
    assert resolver.databases[0].database.build_date == "2026-11-05"
    assert [aged.database.name for aged in resolver.databases] == [
        "ipinfo_lite",
        "dbip-country",
        "iptoasn-country",
    ]


def test_an_older_fetched_database_does_not_replace_the_embedded_one(
    tmp_path: Path, clock: StoppedClock
) -> None:
    _import(tmp_path / "c", tmp_path, "ipinfo_lite", BUILD_EPOCH - DAY_SECONDS, "ipinfo x.mmdb")

    resolver = open_resolver(cache_directory=tmp_path / "c", clock=clock)

    assert resolver.databases[0].database.type == "ipinfo bundle_location_lite.mmdb"


def test_a_fetched_maxmind_file_is_asked_too(tmp_path: Path, clock: StoppedClock) -> None:
    _import(tmp_path / "c", tmp_path, "GeoLite2-Country", NEWER, "GeoLite2-Country")

    resolver = open_resolver(cache_directory=tmp_path / "c", clock=clock)

    assert resolver.databases[0].database.name == "GeoLite2-Country"


def test_a_damaged_fetched_database_falls_back_to_the_one_before(
    tmp_path: Path, clock: StoppedClock
) -> None:
    _import(tmp_path / "c", tmp_path, "ipinfo_lite", NEWER, "ipinfo one.mmdb")
    latest = _import(tmp_path / "c", tmp_path, "ipinfo_lite", NEWER + 9, "ipinfo two.mmdb")
    latest.write_bytes(b"damaged")

    resolver = open_resolver(cache_directory=tmp_path / "c", clock=clock)

    assert resolver.databases[0].database.type == "ipinfo one.mmdb"


def test_with_all_fetched_ones_damaged_the_embedded_one_serves(
    tmp_path: Path, clock: StoppedClock
) -> None:
    _import(tmp_path / "c", tmp_path, "ipinfo_lite", NEWER, "ipinfo one.mmdb").unlink()

    resolver = open_resolver(cache_directory=tmp_path / "c", clock=clock)

    assert resolver.databases[0].database.type == "ipinfo bundle_location_lite.mmdb"
    assert resolver.missing == ()


def test_a_broken_index_is_said_and_the_embedded_ones_serve(
    tmp_path: Path, clock: StoppedClock
) -> None:
    library = library_in(tmp_path / "c")
    library.directory.mkdir(parents=True)
    library.index.write_text("broken")

    resolver = open_resolver(cache_directory=tmp_path / "c", clock=clock)

    assert [missing.name for missing in resolver.missing] == ["fetched databases"]
    assert len(resolver.databases) == 3
    assert Caveat.MISSING_DATA in resolver.resolve("8.8.8.8").caveats
