from pathlib import Path

import pytest

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.acceptance import Reference, accept
from strandwatch.jurisdiction.census import Share, take_census
from strandwatch.jurisdiction.databases import DatabaseKind
from support.address_data import (
    BUILD_EPOCH,
    DAY_SECONDS,
    SECOND_NS,
    a_file,
    write_database,
    write_world,
)

NOW_NS = (BUILD_EPOCH + 3 * DAY_SECONDS) * SECOND_NS


def _reference(path: Path, *, same_series: bool = True) -> Reference:
    return Reference(
        build_ns=BUILD_EPOCH * SECOND_NS,
        size_bytes=path.stat().st_size,
        census=take_census(path),
        same_series=same_series,
    )


def test_a_newer_file_of_the_same_kind_is_taken(tmp_path: Path) -> None:
    old = write_world(tmp_path / "old.mmdb")
    new = write_world(tmp_path / "new.mmdb", build_epoch=BUILD_EPOCH + DAY_SECONDS)

    accepted = accept(a_file(new, DatabaseKind.PRIMARY), _reference(old), NOW_NS)

    assert accepted.census["KP"] == Share(1024, 0)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        ({"build_epoch": BUILD_EPOCH - 1}, "older than the 2026-10-26 in use"),
        ({"build_epoch": BUILD_EPOCH + 99 * DAY_SECONDS}, "in the future"),
        ({"without": frozenset({"VE"})}, "0 addresses in VE where"),
        ({"without": frozenset({"KP"})}, r"puts 175\.45\.176\.1 in None"),
        ({"without": frozenset({"HK"})}, "0 addresses in HK where"),
        ({"padding": 400}, "bytes and the one in use"),
        ({"without": frozenset({"CN"})}, r"puts 71\.131\.192\.1 in AS"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_saying_why(
    tmp_path: Path, make: dict[str, int], problem: str
) -> None:
    old = write_world(tmp_path / "old.mmdb")
    new = write_world(tmp_path / "new.mmdb", **make)  # type: ignore[arg-type]

    with pytest.raises(JurisdictionError, match=problem):
        accept(a_file(new, DatabaseKind.PRIMARY), _reference(old), NOW_NS)


def test_the_first_file_must_know_every_country_of_concern(tmp_path: Path) -> None:
    whole = write_world(tmp_path / "whole.mmdb")
    partial = write_world(tmp_path / "partial.mmdb", without=frozenset({"IR"}))

    accept(a_file(whole, DatabaseKind.PRIMARY), None, NOW_NS)
    with pytest.raises(JurisdictionError, match="no address in IR"):
        accept(a_file(partial, DatabaseKind.PRIMARY), None, NOW_NS)


def test_another_providers_file_is_compared_loosely(tmp_path: Path) -> None:
    ours = write_world(tmp_path / "ours.mmdb", padding=400)
    theirs = write_world(
        tmp_path / "theirs.mmdb", database_type="GeoLite2-Country", build_epoch=BUILD_EPOCH - 9
    )

    accept(a_file(theirs, DatabaseKind.MAXMIND), _reference(ours, same_series=False), NOW_NS)


def test_a_network_file_is_asked_for_networks_only(tmp_path: Path) -> None:
    record = {"autonomous_system_number": 15169, "autonomous_system_organization": "GOOGLE"}
    other = {"autonomous_system_number": 55960, "autonomous_system_organization": "Sinnet"}
    good = write_database(
        tmp_path / "good.mmdb",
        {"8.8.8.0/24": record, "71.131.192.0/18": other},
        database_type="GeoLite2-ASN",
    )
    bad = write_database(tmp_path / "bad.mmdb", {"8.8.8.0/24": other}, database_type="GeoLite2-ASN")

    accept(a_file(good, DatabaseKind.MAXMIND), None, NOW_NS)
    with pytest.raises(JurisdictionError, match=r"puts 8\.8\.8\.8 in AS55960"):
        accept(a_file(bad, DatabaseKind.MAXMIND), None, NOW_NS)
