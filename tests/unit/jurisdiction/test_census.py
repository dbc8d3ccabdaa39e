from pathlib import Path

import pytest

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.census import (
    Share,
    census_from_plain,
    census_to_plain,
    take_census,
)
from support.address_data import country_record, write_database


def test_a_census_counts_addresses_and_networks_of_48_bits(tmp_path: Path) -> None:
    path = write_database(
        tmp_path / "c.mmdb",
        {
            "203.0.113.0/25": country_record("CN"),
            "198.51.100.0/24": country_record("HK"),
            "192.0.2.0/24": country_record("TW"),
            "2001:db8::/40": country_record("CN"),
        },
    )

    census = take_census(path)

    assert census["CN"] == Share(128, 256)
    assert census["HK"] == Share(256, 0)
    assert census["RU"] == Share(0, 0)
    assert "TW" not in census
    assert census_from_plain(census_to_plain(census)) == census


def test_a_file_that_is_no_database_has_no_census(tmp_path: Path) -> None:
    path = tmp_path / "c.mmdb"
    path.write_bytes(b"no")

    with pytest.raises(JurisdictionError):
        take_census(path)
