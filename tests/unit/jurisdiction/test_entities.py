from pathlib import Path

import pytest
from structlog.testing import capture_logs

from strandwatch.domain.entity import Tier
from strandwatch.errors import ConfigurationError
from strandwatch.jurisdiction.entities import Owners, read_entities

GOOD = """
version = 1
[[entity]]
id = "group"
name = "Group"
country = "CN"
source = "test"
as_of = "2026-11-22"
[[entity.listing]]
list = "dod_1260h"
from = 2025-01-07
to = 2026-01-07
source = "test"
as_of = "2026-11-22"
[[entity]]
id = "cloud"
name = "Cloud"
country = "CN"
parent = "group"
source = "test"
as_of = "2026-11-22"
[[entity.network]]
asn = 64496
tier = "B"
registered = "SG"
name_pattern = "cloud"
source = "test"
as_of = "2026-11-22"
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "list.toml"
    path.write_text(text)
    return path


def test_a_list_gives_entities_with_parents_listings_and_networks(tmp_path: Path) -> None:
    book = read_entities([_write(tmp_path, GOOD)])

    group, cloud = book.entities["group"], book.entities["cloud"]
    assert [listing.list for listing in group.listings] == ["dod_1260h"]
    assert cloud.parent == "group"
    assert [(network.asn, network.tier) for network in cloud.networks] == [(64496, Tier.B)]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('parent = "group"', 'parent = "nobody"', "parent nobody is not known"),
        ('parent = "group"', 'parent = "cloud"', "form a circle"),
        ('country = "CN"', 'country = "EU"', "country cannot be 'EU'"),
        ("asn = 64496", 'asn = "AS64496"', "asn cannot be"),
        ('tier = "B"', 'tier = "C"', "tier cannot be 'C'"),
        ('name_pattern = "cloud"', 'name_pattern = "("', "name_pattern cannot be"),
        ("from = 2025-01-07", 'from = "soon"', "from cannot be"),
        ('id = "cloud"', 'id = "group"', "is there twice"),
        ('source = "test"', "", "source is missing"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        read_entities([_write(tmp_path, GOOD.replace(old, new))])


def test_one_network_cannot_belong_to_two(tmp_path: Path) -> None:
    second = GOOD.replace('id = "', 'id = "x').replace('parent = "', 'parent = "x')
    other = tmp_path / "other.toml"
    other.write_text(second)

    with pytest.raises(ConfigurationError, match="AS64496 belongs to cloud and to xcloud"):
        read_entities([_write(tmp_path, GOOD), other])


def test_a_network_under_another_name_needs_review(tmp_path: Path) -> None:
    owners = Owners(read_entities([_write(tmp_path, GOOD)]))

    with capture_logs() as logs:
        known = owners.owner(64496, "CLOUD Pte. Ltd.")
        changed = owners.owner(64496, "Somebody Else")
        owners.owner(64496, "Somebody Else")

    assert known is not None
    assert changed is not None
    assert (known.tier, changed.tier) == (Tier.B, Tier.REVIEW)
    assert [entry["event"] for entry in logs] == ["owner_name_mismatched"]


def test_without_a_name_in_the_database_the_row_is_believed(tmp_path: Path) -> None:
    owners = Owners(read_entities([_write(tmp_path, GOOD)]))

    owner = owners.owner(64496, None)

    assert owner is not None
    assert owner.tier is Tier.B
    assert owners.owner(64497, None) is None
    assert [network.asn for _, network in owners.rows()] == [64496]
