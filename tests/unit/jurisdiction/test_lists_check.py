from pathlib import Path

import pytest

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.entities import read_entities
from strandwatch.jurisdiction.lists_check import (
    check_lists,
    check_notice,
    names_of_networks,
    unseen,
)
from strandwatch.jurisdiction.networks import read_roles
from support.address_data import ipinfo_record, write_database

ROOT = Path(__file__).parents[3]
BOOK = read_entities((ROOT / "config/entities").glob("*.toml"))
ROLES = read_roles((ROOT / "config/destinations").glob("*.toml"))


def test_a_number_that_changed_hands_is_named_in_both_lists() -> None:
    names = {45102: "Somebody Else", 13335: "Somebody Else", 4134: "CHINANET BACKBONE"}

    problems = check_lists(names, BOOK, ROLES)

    assert len(problems) == 4
    assert all("Somebody Else" in problem for problem in problems)


def test_numbers_that_the_data_does_not_have_are_told() -> None:
    remarks = unseen({4134: "CHINANET"}, BOOK)

    assert any(remark.startswith("AS45102 ") for remark in remarks)
    assert not any(remark.startswith("AS4134 ") for remark in remarks)


def test_names_come_from_the_database(tmp_path: Path) -> None:
    path = write_database(
        tmp_path / "c.mmdb",
        {
            "203.0.113.0/25": ipinfo_record("CN", 4134, "CHINANET"),
            "203.0.113.128/25": {"country_code": "CN"},
        },
    )

    assert names_of_networks(path) == {4134: "CHINANET"}


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.mmdb"
    path.write_bytes(b"no")

    with pytest.raises(JurisdictionError):
        names_of_networks(path)


def test_a_file_that_the_notice_forgets_is_named() -> None:
    row = {"file": "a.xz", "build": "2026-10-26", "licence": "MIT", "attribution": "By A."}

    assert check_notice("a.xz (build 2026-10-26, MIT)\n  By A.", [row]) == []
    assert len(check_notice("a.xz (build 2026-09-26, MIT)", [row])) == 2
