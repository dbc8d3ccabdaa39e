"""The resolver over the databases and lists that really come with the program."""

import hashlib
import ipaddress
import json
import lzma
import random
from pathlib import Path

import pytest

from strandwatch.domain.destination import Confidence, Controller
from strandwatch.jurisdiction.lists_check import check_notice
from strandwatch.jurisdiction.opening import open_resolver
from strandwatch.jurisdiction.resolve import Resolver
from support.address_data import StoppedClock

ROOT = Path(__file__).parents[2]
NOVEMBER_2026_NS = 1_795_400_000 * 10**9


@pytest.fixture(scope="module")
def resolver(tmp_path_factory: pytest.TempPathFactory) -> Resolver:
    return open_resolver(
        cache_directory=tmp_path_factory.mktemp("geoip"), clock=StoppedClock(NOVEMBER_2026_NS)
    )


def test_all_embedded_databases_open(resolver: Resolver) -> None:
    assert resolver.missing == ()
    assert [aged.database.name for aged in resolver.databases] == [
        "ipinfo_lite",
        "dbip-country",
        "iptoasn-country",
    ]


@pytest.mark.parametrize(
    ("address", "countries", "controller"),
    [
        ("175.45.176.1", {"KP"}, "Star JV"),
        ("71.131.192.1", {"CN"}, "Sinnet (AWS China Beijing operator)"),
        ("39.108.90.31", {"CN"}, "Alibaba Group"),
        ("2400:3200::1", {"CN"}, "Alibaba Group"),
        ("47.88.1.1", {"US", "CN"}, "Alibaba Group"),
        ("183.239.175.39", {"CN"}, "China Mobile"),
        ("130.14.29.110", {"US"}, "National Library of Medicine (NCBI)"),
        ("52.201.214.105", {"US"}, "Amazon"),
    ],
)
def test_known_places_are_found(
    resolver: Resolver, address: str, countries: set[str], controller: str
) -> None:
    destination = resolver.resolve(address)

    assert set(destination.jurisdictions) == countries
    assert controller in {one.entity for one in destination.controllers}
    assert destination.confidence is Confidence.HIGH


def test_every_textual_form_of_random_addresses_is_answered_the_same(resolver: Resolver) -> None:
    chance = random.Random(7)

    for _ in range(2_000):
        v4 = ipaddress.IPv4Address(chance.getrandbits(32))
        v6 = ipaddress.IPv6Address((0x2 << 124) | chance.getrandbits(124))
        plain = resolver.resolve(str(v4))
        assert resolver.resolve(f"::ffff:{v4}").jurisdictions == plain.jurisdictions
        assert resolver.resolve(str(int(v4))).address == plain.address
        long = resolver.resolve(v6.exploded.upper())
        assert long == resolver.resolve(v6.compressed)


def test_the_bundled_name_rules_reach_what_no_address_does(resolver: Resolver) -> None:
    destination = resolver.resolve_argument("app.bgionline.com")

    assert destination.controllers == (Controller("BGI", "CN"),)
    assert destination.jurisdictions == ("CN",)


def test_manifest_and_files_agree() -> None:
    rows = json.loads((ROOT / "geoip/MANIFEST.json").read_text())["files"]

    for row in rows:
        packed = (ROOT / "geoip" / row["file"]).read_bytes()
        assert hashlib.sha256(packed).hexdigest() == row["packed_sha256"]
        content = lzma.decompress(packed)
        assert len(content) == row["size_bytes"]
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
    assert {row["file"] for row in rows} == {
        path.name for path in (ROOT / "geoip").glob("*.mmdb.xz")
    }


def test_the_notice_names_every_file_with_build_licence_and_attribution() -> None:
    rows = json.loads((ROOT / "geoip/MANIFEST.json").read_text())["files"]

    assert check_notice((ROOT / "geoip/NOTICE").read_text(), rows) == []


def test_the_full_text_of_every_licence_lies_beside_the_data() -> None:
    for row in json.loads((ROOT / "geoip/MANIFEST.json").read_text())["files"]:
        text = (ROOT / "geoip/LICENSES" / f"{row['licence']}.txt").read_text()
        assert len(text) > 10_000
