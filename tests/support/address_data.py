"""Address databases, lists and resolvers for tests, small and with known answers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from strandwatch.jurisdiction.databases import DatabaseFile, DatabaseKind, digest_of
from strandwatch.jurisdiction.opening import open_resolver
from strandwatch.jurisdiction.resolve import Resolver

SECOND_NS = 10**9
DAY_SECONDS = 86_400
BUILD_EPOCH = 1_793_000_000
"""A day in October 2026; `StoppedClock` stands thirty days later."""


class StoppedClock:
    """A clock that shows what the test sets."""

    def __init__(self, now_ns: int = (BUILD_EPOCH + 30 * DAY_SECONDS) * SECOND_NS) -> None:
        self.now = now_ns

    def now_ns(self) -> int:
        return self.now

    def monotonic_ns(self) -> int:
        return self.now


def country_record(code: str, registered: str | None = None) -> dict[str, Any]:
    """A record in MaxMind's nested shape."""
    return {
        "country": {"iso_code": code},
        "registered_country": {"iso_code": registered or code},
    }


def ipinfo_record(code: str, asn: int, name: str) -> dict[str, Any]:
    """A record in IPinfo Lite's flat shape, where `country` is a name."""
    return {"country": "Somewhere", "country_code": code, "asn": f"AS{asn}", "as_name": name}


def write_database(
    path: Path,
    networks: Mapping[str, dict[str, Any]],
    *,
    database_type: str = "GeoIP2-Country",
    build_epoch: int = BUILD_EPOCH,
) -> Path:
    """Write an MMDB with these records."""
    writer = MMDBWriter(
        ip_version=6,
        ipv4_compatible=True,
        database_type=database_type,
        languages=["en"],
        description="test",
    )
    for prefix, record in networks.items():
        writer.insert_network(IPSet([prefix]), record)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmdb_writer.time.time", lambda: build_epoch)
        writer.to_db_file(str(path))
    return path


def a_file(path: Path, kind: DatabaseKind = DatabaseKind.COUNTRY) -> DatabaseFile:
    """A database file as it is handed to `open_database`."""
    return DatabaseFile(path.stem, kind, path, digest_of(path))


PRIMARY = {
    "203.0.113.0/28": ipinfo_record("CN", 4134, "CHINANET BACKBONE"),
    "203.0.113.16/28": ipinfo_record("US", 45102, "Alibaba (US) Technology Co., Ltd."),
    "203.0.113.32/28": ipinfo_record("US", 64500, "Example University"),
    "203.0.113.48/28": ipinfo_record("TW", 64501, "Example Taiwan"),
    "203.0.113.64/28": ipinfo_record("US", 13335, "Cloudflare, Inc."),
    "203.0.113.80/28": ipinfo_record("HK", 13335, "Cloudflare, Inc."),
    "203.0.113.96/28": ipinfo_record("UA", 6789, "CRELCOM LLC"),
    "203.0.113.112/28": ipinfo_record("US", 16509, "Amazon.com, Inc."),
    "203.0.113.128/28": ipinfo_record("US", 36408, "CDNetworks Inc."),
    "203.0.113.144/28": ipinfo_record("SG", 4637, "Telstra International"),
    "203.0.113.160/28": ipinfo_record("US", 45102, "Somebody Else Inc."),
    "203.0.113.176/28": {"country_code": "EU", "asn": "AS64502", "as_name": "Nowhere"},
    "203.0.113.192/28": ipinfo_record("SG", 64503, "Example Hosting"),
    "2001:db8:c::/48": ipinfo_record("CN", 4134, "CHINANET BACKBONE"),
}
SECOND = {
    prefix: {"country_code": record["country_code"]}
    for prefix, record in PRIMARY.items()
    if prefix != "203.0.113.192/28"
} | {"203.0.113.192/28": {"country_code": "HK"}}
REGISTRATION = {
    "203.0.113.32/28": {"country_code": "US"},
    "203.0.113.48/28": {"country_code": "TW"},
    "203.0.113.16/28": {"country_code": "CN"},
    "203.0.113.144/28": {"country_code": "HK"},
    "203.0.113.192/28": {"country_code": "SG"},
}


def a_resolver(folder: Path, *, clock: StoppedClock | None = None, **arguments: Any) -> Resolver:
    """A resolver over three small databases in the place of the embedded ones."""
    databases: Sequence[tuple[str, Path]] = arguments.pop("databases", ())
    first = write_database(folder / "first.mmdb", PRIMARY, database_type="ipinfo test.mmdb")
    second = write_database(folder / "second.mmdb", SECOND, database_type="country ipvAll")
    registered = write_database(
        folder / "registered.mmdb", REGISTRATION, database_type="country ipvAll"
    )
    return open_resolver(
        cache_directory=folder / "cache",
        clock=clock or StoppedClock(),
        databases=(
            *databases,
            ("primary", first),
            ("country", second),
            ("registration", registered),
        ),
        replace_embedded=True,
        **arguments,
    )


WORLD = {
    "175.45.176.0/22": "KP",
    "71.131.192.0/18": "CN",
    "39.96.0.0/11": "CN",
    "8.8.8.0/24": "US",
    "2400:3200::/32": "CN",
    "43.224.0.0/16": "HK",
    "60.246.0.0/17": "MO",
    "95.24.0.0/13": "RU",
    "5.200.64.0/18": "IR",
    "152.206.0.0/16": "CU",
    "186.88.0.0/13": "VE",
}
"""A small world that passes the checks on a new database."""
_WORLD_NETWORKS = {"8.8.8.0/24": 15169, "71.131.192.0/18": 55960}


def write_world(
    path: Path,
    *,
    build_epoch: int = BUILD_EPOCH,
    database_type: str = "ipinfo test.mmdb",
    without: frozenset[str] = frozenset(),
    padding: int = 0,
) -> Path:
    """Write the small world, perhaps without some countries, perhaps larger than it need be."""
    flat = not database_type.startswith(("GeoLite2", "GeoIP2", "DBIP"))
    records: dict[str, dict[str, Any]] = {}
    for prefix, code in WORLD.items():
        if code in without:
            continue
        asn = _WORLD_NETWORKS.get(prefix, 64496)
        records[prefix] = ipinfo_record(code, asn, "Example") if flat else country_record(code)
    for number in range(padding):
        records[f"198.51.{number // 256}.{number % 256}/32"] = ipinfo_record(
            "US", 64500, f"Padding {number}"
        )
    return write_database(path, records, database_type=database_type, build_epoch=build_epoch)
