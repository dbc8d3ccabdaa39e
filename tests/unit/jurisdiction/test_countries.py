import pytest

from strandwatch.jurisdiction.countries import COUNTRIES_OF_CONCERN, country_code


@pytest.mark.parametrize("code", ["CN", "HK", "MO", "TW", "US", "XK", "NO"])
def test_a_country_code_stays_what_it_is(code: str) -> None:
    assert country_code(code) == code


def test_lower_case_and_space_do_not_matter() -> None:
    assert country_code(" cn ") == "CN"


@pytest.mark.parametrize("value", ["EU", "AP", "AN", "CS", "UK", "A1", "--", "??", "", "CHN", 86])
def test_what_is_no_country_is_unknown(value: object) -> None:
    assert country_code(value) is None


def test_taiwan_is_not_a_country_of_concern_and_hong_kong_and_macau_are() -> None:
    assert {"CN", "HK", "MO"} <= COUNTRIES_OF_CONCERN
    assert "TW" not in COUNTRIES_OF_CONCERN
    assert len(COUNTRIES_OF_CONCERN) == 8
