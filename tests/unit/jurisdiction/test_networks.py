from pathlib import Path

import pytest

from strandwatch.errors import ConfigurationError, JurisdictionError
from strandwatch.jurisdiction.addresses import NormalAddress, normalise
from strandwatch.jurisdiction.networks import (
    AnonymiserFeed,
    Override,
    Overrides,
    Role,
    read_feed,
    read_roles,
)

ROLES = """
version = 1
[[network]]
asn = 64496
role = "anycast"
name_pattern = "example"
prefixes = ["203.0.113.0/28", "2001:db8::/48"]
source = "test"
as_of = "2026-11-22"
[[network]]
asn = 64496
role = "shared_hosting"
name_pattern = "example"
source = "test"
as_of = "2026-11-22"
"""


def _address(text: str) -> NormalAddress:
    address = normalise(text)
    assert address is not None
    return address


@pytest.mark.parametrize(
    ("asn", "name", "address", "expected"),
    [
        (64496, "Example", "203.0.113.1", [Role.ANYCAST, Role.SHARED_HOSTING]),
        (64496, None, "2001:db8::1", [Role.ANYCAST, Role.SHARED_HOSTING]),
        (64496, "Example", "203.0.113.16", [Role.SHARED_HOSTING]),
        (64496, "Somebody Else", "203.0.113.1", []),
        (64497, "Example", "203.0.113.1", []),
    ],
)
def test_roles_hold_for_their_network_name_and_prefixes(
    tmp_path: Path, asn: int, name: str | None, address: str, expected: list[Role]
) -> None:
    path = tmp_path / "networks.toml"
    path.write_text(ROLES)
    roles = read_roles([path])

    assert [row.role for row in roles.roles(asn, name, _address(address))] == expected
    assert len(roles.rows()) == 2


def test_a_bad_role_is_named(tmp_path: Path) -> None:
    path = tmp_path / "networks.toml"
    path.write_text(ROLES.replace('"203.0.113.0/28"', '"nowhere"'))

    with pytest.raises(ConfigurationError, match="prefixes cannot be"):
        read_roles([path])


def test_the_narrowest_prefix_and_the_longest_suffix_win() -> None:
    overrides = Overrides(
        [
            Override(match="203.0.113.0/24", country="US"),
            Override(match="203.0.113.8/29", country="CN"),
            Override(match="2001:db8::1", country="DE"),
            Override(match="example.org", country="US"),
            Override(match=".cn.example.org", country="CN"),
            Override(match="AS64496", country="RU"),
        ]
    )

    def country(row: Override | None) -> str | None:
        return None if row is None else row.country

    assert country(overrides.by_address(_address("203.0.113.1"))) == "US"
    assert country(overrides.by_address(_address("203.0.113.9"))) == "CN"
    assert country(overrides.by_address(_address("203.0.113.16"))) == "US"
    assert country(overrides.by_address(_address("2001:db8::1"))) == "DE"
    assert country(overrides.by_address(_address("198.51.100.1"))) is None
    assert country(overrides.by_name("a.cn.example.org")) == "CN"
    assert country(overrides.by_name("b.example.org")) == "US"
    assert country(overrides.by_name("badexample.org")) is None
    assert country(overrides.by_asn(64496)) == "RU"
    assert country(overrides.by_asn(64497)) is None


def test_every_bad_override_is_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Overrides([Override(match="a b", country="US"), Override(match="a.org", country="EU")])

    assert len(caught.value.problems) == 2


def test_a_feed_is_read_with_remarks_prefixes_and_addresses(tmp_path: Path) -> None:
    path = tmp_path / "exits.txt"
    path.write_text("# exits\n\n203.0.113.7\n198.51.100.0/28 ; pool\n2001:db8::7\n")

    table = read_feed(AnonymiserFeed("tor", path))

    assert table.size == 3
    assert table.find(4, _address("203.0.113.7").number) == "tor"
    assert table.find(4, _address("203.0.113.8").number) is None
    assert table.find(6, _address("2001:db8::7").number) == "tor"


@pytest.mark.parametrize("content", [b"<html>", b"203.0.113.7\nexample.org\n", b"\xff\xfe"])
def test_something_else_in_a_feeds_place_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "exits.txt"
    path.write_bytes(content)

    with pytest.raises(JurisdictionError, match="feed tor"):
        read_feed(AnonymiserFeed("tor", path))


def test_a_missing_feed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JurisdictionError):
        read_feed(AnonymiserFeed("tor", tmp_path / "none"))
