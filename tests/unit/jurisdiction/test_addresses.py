import ipaddress
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.jurisdiction.addresses import (
    NormalAddress,
    RangeTable,
    nat64_prefix,
    normalise,
    parse,
    split_host,
)


def _text(text: str) -> str | None:
    address = normalise(text)
    return None if address is None else address.text


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("::FFFF:0808:0808", "8.8.8.8"),
        ("::ffff:0:8.8.8.8", "8.8.8.8"),
        ("::8.8.8.8", "8.8.8.8"),
        ("2002:808:808::1", "8.8.8.8"),
        ("64:ff9b::8.8.8.8", "8.8.8.8"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("::1", "::1"),
        ("::", "::"),
        ("example.org", None),
        ("1.2.3.4.5", None),
        ("256.1.1.1", None),
        ("", None),
        ("bad", None),
        ("1.2.3.4\x00", None),
        ("9" * 5000, None),
    ],
)
def test_every_textual_form_has_one_normal_form(given_text: str, expected: str | None) -> None:
    assert _text(given_text) == expected


@pytest.mark.parametrize(
    ("prefix", "address"),
    [
        ("2001:db8::/32", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
        ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
    ],
)
def test_configured_nat64_prefixes_follow_the_vectors_of_rfc_6052(
    prefix: str, address: str
) -> None:
    network = nat64_prefix(prefix)
    assert network is not None

    normal = normalise(address, [network])

    assert normal is not None
    assert normal.text == "192.0.2.33"


@pytest.mark.parametrize("prefix", ["2001:db8::/33", "192.0.2.0/24", "nonsense", "2001:db8::1/32"])
def test_a_prefix_that_rfc_6052_does_not_know_is_refused(prefix: str) -> None:
    assert nat64_prefix(prefix) is None


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "127.9.9.9",
        "169.254.1.1",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "2002:a00:1::1",
    ],
)
def test_private_and_special_ranges_are_internal(address: str) -> None:
    normal = normalise(address)

    assert normal is not None
    assert normal.special


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "8.8.8.8", "172.32.0.1"]
)
def test_documentation_prefixes_are_ordinary_addresses(address: str) -> None:
    normal = normalise(address)

    assert normal is not None
    assert normal.special is None


@given(st.integers(0, 2**32 - 1))
def test_the_mapped_and_the_plain_form_of_an_address_are_the_same(number: int) -> None:
    plain = normalise(str(ipaddress.IPv4Address(number)))
    mapped = normalise(str(ipaddress.IPv6Address(0xFFFF_0000_0000 | number)))

    assert plain is not None
    assert mapped is not None
    assert (plain.text, plain.special) == (mapped.text, mapped.special)


@given(st.text(max_size=300))
def test_any_text_gives_an_address_or_none(text: str) -> None:
    result = normalise(text)

    assert result is None or isinstance(result, NormalAddress)


@given(st.integers(0, 2**128 - 1), st.randoms())
def test_every_spelling_of_an_ipv6_address_reads_the_same(
    number: int, chance: random.Random
) -> None:
    address = ipaddress.IPv6Address(number)
    upper = address.exploded.translate(
        {ord(c): c.upper() for c in string.hexdigits if chance.random() < 0.5}
    )

    assert parse(upper) == address
    assert parse(f"[{address.compressed}]") == address


@given(
    st.lists(st.tuples(st.integers(0, 2**16 - 1), st.integers(0, 16)), max_size=12),
    st.integers(0, 2**16 - 1),
)
def test_the_narrowest_range_answers(rows: list[tuple[int, int]], at: int) -> None:
    networks = {ipaddress.ip_network((base << 16, bits), strict=False) for base, bits in rows}
    table = RangeTable((network, str(network)) for network in networks)
    address = ipaddress.IPv4Address(at << 16)

    found = table.find(4, int(address))

    around = [network for network in networks if address in network]
    narrowest = max(around, key=lambda network: network.prefixlen, default=None)
    assert found == (None if narrowest is None else str(narrowest))


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("192.0.2.1", "192.0.2.1", None),
        ("192.0.2.1:22", "192.0.2.1", 22),
        ("[2001:db8::1]:443", "[2001:db8::1]", 443),
        ("2001:db8::1", "2001:db8::1", None),
        ("https://upload.example.org:8443/path", "upload.example.org", 8443),
        ("s3://bucket.example.org/key", "bucket.example.org", None),
        ("user@host.example.org", "host.example.org", None),
        ("host.example.org:99999", "host.example.org:99999", None),
    ],
)
def test_an_argument_is_taken_apart_as_a_person_means_it(
    text: str, host: str, port: int | None
) -> None:
    assert split_host(text) == (host, port)
