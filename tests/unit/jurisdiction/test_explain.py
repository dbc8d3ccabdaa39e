from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strandwatch.domain.destination import Confidence, Controller
from strandwatch.jurisdiction.explain import ArgumentKind, explain
from strandwatch.jurisdiction.networks import Override
from strandwatch.jurisdiction.resolve import Resolver
from support.address_data import a_resolver


@pytest.fixture
def resolver(tmp_path: Path) -> Resolver:
    return a_resolver(tmp_path)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("203.0.113.1", ArgumentKind.ADDRESS),
        ("203.0.113.1:443", ArgumentKind.ADDRESS),
        ("[2001:db8:c::1]:443", ArgumentKind.ADDRESS),
        ("x.oss-cn-beijing.aliyuncs.com", ArgumentKind.NAME),
        ("https://x.oss-cn-beijing.aliyuncs.com/y", ArgumentKind.NAME),
        ("203.0.113.0/28", ArgumentKind.NETWORK),
        ("AS4134", ArgumentKind.AS_NUMBER),
        ("as4134", ArgumentKind.AS_NUMBER),
    ],
)
def test_an_argument_is_taken_for_what_it_is(
    resolver: Resolver, text: str, kind: ArgumentKind
) -> None:
    explanation = explain(resolver, text)

    assert explanation.kind is kind
    assert "CN" in explanation.destination.jurisdictions


def test_a_network_is_taken_apart_where_answers_change(resolver: Resolver) -> None:
    explanation = explain(resolver, "203.0.113.0/26")

    assert [(part.first, part.last, part.addresses) for part in explanation.parts] == [
        ("203.0.113.0", "203.0.113.15", 16),
        ("203.0.113.16", "203.0.113.31", 16),
        ("203.0.113.32", "203.0.113.47", 16),
        ("203.0.113.48", "203.0.113.63", 16),
    ]
    assert set(explanation.destination.jurisdictions) == {"CN", "US", "TW"}
    assert explanation.destination.address == "203.0.113.0/26"
    assert explanation.complete


def test_blocks_with_one_answer_are_one_part(resolver: Resolver) -> None:
    explanation = explain(resolver, "10.0.0.0/8")

    assert [(part.first, part.last) for part in explanation.parts] == [
        ("10.0.0.0", "10.255.255.255")
    ]
    assert explanation.destination.internal


def test_overrides_cut_networks_too(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path, overrides=[Override(match="203.0.113.4/30", country="DE")])

    explanation = explain(resolver, "203.0.113.0/28")

    assert [(part.first, part.destination.jurisdictions) for part in explanation.parts] == [
        ("203.0.113.0", ("CN",)),
        ("203.0.113.4", ("DE",)),
        ("203.0.113.8", ("CN",)),
    ]


def test_the_whole_internet_is_cut_off_and_says_so(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strandwatch.jurisdiction.explain._MOST_BLOCKS", 10)

    explanation = explain(resolver, "0.0.0.0/0")

    assert not explanation.complete
    assert explanation.destination.confidence is Confidence.UNKNOWN


def test_an_as_number_tells_its_owner_and_not_its_place(resolver: Resolver) -> None:
    explanation = explain(resolver, "AS45102")

    assert explanation.destination.controllers == (Controller("Alibaba Group", "CN"),)
    assert explanation.destination.countries == ()
    assert explanation.destination.confidence is Confidence.HIGH


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_whatever_is_typed_is_answered(resolver: Resolver, text: str) -> None:
    explanation = explain(resolver, text)

    assert explanation.argument == text.strip()


def test_an_ipv6_network_and_relays_are_taken_apart_too(tmp_path: Path) -> None:
    feed = tmp_path / "exits.txt"
    feed.write_text("2001:db8:c::8/125\n")
    resolver = a_resolver(tmp_path, anonymiser_feeds=[("tor", feed)])

    explanation = explain(resolver, "2001:db8:c::/124")

    assert [(part.first, part.last) for part in explanation.parts] == [
        ("2001:db8:c::", "2001:db8:c::7"),
        ("2001:db8:c::8", "2001:db8:c::f"),
    ]


@pytest.mark.parametrize("text", ["AS0", "AS99999999999", "203.0.113.0/99", "/", "a/b"])
def test_what_only_looks_like_a_network_or_number_is_a_name(resolver: Resolver, text: str) -> None:
    assert explain(resolver, text).kind in (ArgumentKind.NAME, ArgumentKind.ADDRESS)
