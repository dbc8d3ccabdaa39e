"""Country codes."""

import pytest

from strandwatch.domain.country import COUNTRY_CODES


@pytest.mark.parametrize("code", ["CN", "HK", "MO", "TW", "NO", "XK"])
def test_a_country_has_its_own_code(code: str) -> None:
    assert code in COUNTRY_CODES


@pytest.mark.parametrize("code", ["EU", "AP", "UK", "ZZ", "A1", "cn", ""])
def test_what_only_looks_like_a_country_is_none(code: str) -> None:
    assert code not in COUNTRY_CODES


def test_there_are_as_many_codes_as_in_iso_3166_and_kosovo() -> None:
    assert len(COUNTRY_CODES) == 250
