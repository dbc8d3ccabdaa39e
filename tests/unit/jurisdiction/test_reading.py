from strandwatch.domain.destination import Caveat, NameEvidence
from strandwatch.jurisdiction.addresses import normalise
from strandwatch.jurisdiction.conclude import Findings
from strandwatch.jurisdiction.reading import target_of, usable_names
from strandwatch.jurisdiction.state import Query


def _query(name: str | None, *canonical: str, evidence: NameEvidence | None = None) -> Query:
    return Query("192.0.2.1", 443, name, evidence, canonical, False, None, None)


def test_names_come_in_order_once_each_and_the_wires_is_shown() -> None:
    query = _query("A.example.", "b.example", "a.example")

    assert usable_names(query, Findings()) == (["a.example", "b.example"], "a.example")


def test_a_bad_name_in_the_chain_is_told_and_the_others_stay() -> None:
    found = Findings()

    names, on_wire = usable_names(_query("a.example", "b\x00b", "c.example"), found)

    assert (names, on_wire) == (["a.example", "c.example"], "a.example")
    assert Caveat.UNUSABLE_NAME in found.caveats


def test_an_address_in_a_names_place_is_shown_and_is_no_name() -> None:
    assert usable_names(_query("192.0.2.9:8080"), Findings()) == ([], "192.0.2.9")


def test_without_a_proxy_the_sockets_address_is_the_target() -> None:
    address = normalise("::ffff:10.0.0.1")
    found = Findings()

    assert target_of(_query(None), address, (), found) is address
    assert len(found.signals) == 2


def test_a_proxys_named_target_is_the_target() -> None:
    query = _query("203.0.113.9:443", evidence=NameEvidence.PROXY_TARGET)

    target = target_of(query, normalise("10.0.0.1"), (), Findings())

    assert target is not None
    assert target.text == "203.0.113.9"
