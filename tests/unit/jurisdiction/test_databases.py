from pathlib import Path

import pytest

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.databases import DatabaseKind, Freshness, open_database
from strandwatch.jurisdiction.records import NOTHING, AddressRecord
from support.address_data import (
    BUILD_EPOCH,
    DAY_SECONDS,
    SECOND_NS,
    a_file,
    country_record,
    write_database,
)

CN = {"203.0.113.0/24": country_record("CN", "US"), "2001:db8::/32": country_record("HK")}


def test_a_maxmind_file_is_read_through_geoip2(tmp_path: Path) -> None:
    path = write_database(tmp_path / "c.mmdb", CN, database_type="GeoLite2-Country")
    database = open_database(a_file(path, DatabaseKind.MAXMIND))

    assert database.look_up("203.0.113.9", 4) == AddressRecord(
        country="CN", registered_country="US"
    )
    assert database.look_up("2001:db8::1", 6).country == "HK"
    assert database.look_up("198.51.100.1", 4) == NOTHING


@pytest.mark.parametrize(
    ("database_type", "record", "expected"),
    [
        ("GeoLite2-City", country_record("HK"), AddressRecord("HK", "HK")),
        ("GeoIP2-Enterprise", country_record("HK"), AddressRecord("HK", "HK")),
        (
            "GeoLite2-ASN",
            {"autonomous_system_number": 64496, "autonomous_system_organization": "Example"},
            AddressRecord(asn=64496, as_name="Example"),
        ),
        (
            "GeoIP2-ISP",
            {"autonomous_system_number": 64496, "isp": "Example"},
            AddressRecord(asn=64496),
        ),
        (
            "GeoIP2-Anonymous-IP",
            {"is_anonymous": True, "is_tor_exit_node": True},
            AddressRecord(anonymiser="tor"),
        ),
        (
            "GeoIP2-Anonymous-IP",
            {"is_anonymous": True, "is_anonymous_vpn": True},
            AddressRecord(anonymiser="vpn"),
        ),
    ],
)
def test_every_useful_geoip2_type_is_read(
    tmp_path: Path, database_type: str, record: dict[str, object], expected: AddressRecord
) -> None:
    path = write_database(
        tmp_path / "d.mmdb", {"203.0.113.0/24": record}, database_type=database_type
    )
    database = open_database(a_file(path, DatabaseKind.MAXMIND))

    assert database.look_up("203.0.113.9", 4) == expected


def test_the_mapping_is_shared_with_the_page_cache(tmp_path: Path) -> None:
    path = write_database(tmp_path / "c.mmdb", CN)
    database = open_database(a_file(path))
    database.look_up("203.0.113.9", 4)

    maps = Path("/proc/self/maps").read_text()

    assert str(path) in maps


@pytest.mark.parametrize("kind", [DatabaseKind.COUNTRY, DatabaseKind.MAXMIND])
@pytest.mark.parametrize("length", [0, 1, 100, 500, 900])
def test_a_truncated_file_is_refused_with_one_message(
    tmp_path: Path, kind: DatabaseKind, length: int
) -> None:
    path = write_database(tmp_path / "c.mmdb", CN)
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(JurisdictionError, match=r"^address database c: [^\n]+$"):
        open_database(a_file(path, kind))


@pytest.mark.parametrize("kind", [DatabaseKind.COUNTRY, DatabaseKind.MAXMIND])
@pytest.mark.parametrize("content", [b"<html>not here</html>", b"\xab\xcd\xefMaxMind.com", b"\0"])
def test_other_content_is_refused(tmp_path: Path, kind: DatabaseKind, content: bytes) -> None:
    path = tmp_path / "c.mmdb"
    path.write_bytes(content)

    with pytest.raises(JurisdictionError):
        open_database(a_file(path, kind))


@pytest.mark.parametrize("kind", [DatabaseKind.COUNTRY, DatabaseKind.MAXMIND])
def test_a_database_of_another_type_is_refused(tmp_path: Path, kind: DatabaseKind) -> None:
    path = write_database(tmp_path / "c.mmdb", CN, database_type="Wine-Ratings")

    with pytest.raises(JurisdictionError, match="Wine-Ratings"):
        open_database(a_file(path, kind))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    file = a_file(write_database(tmp_path / "c.mmdb", CN))
    file.path.unlink()

    with pytest.raises(JurisdictionError):
        open_database(file)


def test_damage_inside_gives_an_error_or_an_answer_and_never_another_exception(
    tmp_path: Path,
) -> None:
    whole = write_database(tmp_path / "c.mmdb", CN).read_bytes()
    path = tmp_path / "d.mmdb"
    refused = 0

    for at in range(0, len(whole), 3):
        path.unlink(missing_ok=True)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            open_database(a_file(path)).look_up("203.0.113.9", 4)
        except JurisdictionError:
            refused += 1

    assert refused > 0


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (45, Freshness.FRESH),
        (46, Freshness.NOTICE),
        (121, Freshness.WARNING),
        (366, Freshness.EXPIRED),
    ],
)
def test_age_counts_from_the_build(tmp_path: Path, days: int, expected: Freshness) -> None:
    database = open_database(a_file(write_database(tmp_path / "c.mmdb", CN)))
    now_ns = (BUILD_EPOCH + days * DAY_SECONDS) * SECOND_NS

    assert database.age_days(now_ns) == days
    assert database.freshness(now_ns) is expected
    assert database.build_date == "2026-10-26"
