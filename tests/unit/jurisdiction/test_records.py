from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.jurisdiction.records import NOTHING, AddressRecord, record_from


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            {"country": {"iso_code": "CN"}, "registered_country": {"iso_code": "US"}},
            AddressRecord(country="CN", registered_country="US"),
        ),
        (
            {"country": "China", "country_code": "CN", "asn": "AS4134", "as_name": "CHINANET"},
            AddressRecord(country="CN", asn=4134, as_name="CHINANET"),
        ),
        ({"country_code": "HK"}, AddressRecord(country="HK")),
        (
            {"autonomous_system_number": 64496, "autonomous_system_organization": "Example"},
            AddressRecord(asn=64496, as_name="Example"),
        ),
        (
            {
                "country": {"iso_code": "DE"},
                "traits": {
                    "autonomous_system_number": 64497,
                    "autonomous_system_organization": "Example",
                },
            },
            AddressRecord(country="DE", asn=64497, as_name="Example"),
        ),
        ({"country_code": "EU"}, AddressRecord(pseudo_country="EU")),
        ({"country_code": "cn"}, AddressRecord(country="CN")),
        ({"asn": "AS"}, NOTHING),
        ({"asn": True}, NOTHING),
        ({"asn": -1}, NOTHING),
        ({"asn": "AS99999999999999"}, NOTHING),
        ({"as_name": "a\x1b[31mb\n"}, AddressRecord(as_name="a[31mb")),
        ({"as_name": "x" * 5000}, AddressRecord(as_name="x" * 200)),
        (None, NOTHING),
        ("text", NOTHING),
        ([], NOTHING),
    ],
)
def test_three_shapes_have_one_reading(raw: object, expected: AddressRecord) -> None:
    assert record_from(raw) == expected


_keys = st.sampled_from(
    ["country", "iso_code", "country_code", "asn", "as_name", "traits", "registered_country"]
) | st.text(max_size=3)
_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(_keys, inner),
)


@given(_values)
def test_any_content_gives_a_record(raw: object) -> None:
    assert isinstance(record_from(raw), AddressRecord)
