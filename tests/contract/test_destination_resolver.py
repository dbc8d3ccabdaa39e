"""What every `DestinationResolver` keeps to."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strandwatch.domain.destination import Destination, NameEvidence
from strandwatch.domain.encoding import from_plain, to_plain
from strandwatch.ports import DestinationResolver
from support.address_data import a_resolver


@pytest.fixture(params=[a_resolver], ids=["jurisdiction"])
def resolver(request: pytest.FixtureRequest, tmp_path: Path) -> DestinationResolver:
    make: Callable[[Path], DestinationResolver] = request.param
    return make(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    address=st.none() | st.text(max_size=60) | st.ip_addresses().map(str),
    port=st.none() | st.integers(0, 65535),
    name=st.none() | st.text(max_size=300),
    evidence=st.none() | st.sampled_from(NameEvidence),
    canonical=st.lists(st.text(max_size=40), max_size=3),
)
def test_any_question_has_an_answer(
    resolver: DestinationResolver,
    address: str | None,
    port: int | None,
    name: str | None,
    evidence: NameEvidence | None,
    canonical: list[str],
) -> None:
    destination = resolver.resolve(
        address, port=port, server_name=name, name_evidence=evidence, canonical=canonical
    )

    assert destination.port == port
    assert destination.name_evidence is evidence
    assert not (destination.internal and destination.jurisdictions)
    assert from_plain(Destination, to_plain(destination)) == destination


def test_an_address_comes_back_in_its_one_form(resolver: DestinationResolver) -> None:
    assert resolver.resolve("::ffff:203.0.113.1").address == "203.0.113.1"


def test_nothing_known_is_unknown_and_not_clean(resolver: DestinationResolver) -> None:
    destination = resolver.resolve("198.51.100.77")

    assert destination.jurisdictions == ()
    assert destination.confidence.value == "unknown"


def test_private_ranges_are_internal(resolver: DestinationResolver) -> None:
    assert resolver.resolve("192.168.1.1").internal
    assert not resolver.resolve("192.0.2.1").internal
