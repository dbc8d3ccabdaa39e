from strandwatch.core.limits import Limits
from strandwatch.core.name_table import KnownName, NameTable
from strandwatch.domain.destination import NameEvidence
from strandwatch.domain.observation import NameLearned
from support.builders import START_NS, a_flow

FLOW = a_flow("203.0.113.10")


def _asked(name: str, *canonical: str) -> NameLearned:
    """A DNS answer for the far end of the flow."""
    return NameLearned(
        at_ns=START_NS,
        name=name,
        evidence=NameEvidence.DNS,
        addresses=("203.0.113.10",),
        canonical=canonical,
    )


def _sent(name: str, *, encrypted: bool = False) -> NameLearned:
    """A name in the greeting of the flow."""
    return NameLearned(
        at_ns=START_NS,
        name=name,
        evidence=NameEvidence.SNI,
        flow=FLOW,
        encrypted_hello=encrypted,
    )


def _known(*learned: NameLearned) -> KnownName | None:
    table = NameTable(Limits())
    for observation in learned:
        table.learn(observation)
    return table.of(FLOW)


def test_without_a_greeting_the_dns_answer_names_the_flow() -> None:
    known = _known(_asked("a.example", "b.example"))

    assert known == KnownName("a.example", NameEvidence.DNS, ("b.example",))


def test_the_name_in_the_greeting_counts_with_the_chain_of_the_dns_answer() -> None:
    known = _known(_asked("a.example", "b.example"), _sent("a.example"))

    assert known == KnownName("a.example", NameEvidence.SNI, ("b.example",))


def test_another_name_that_led_to_the_address_says_nothing_of_this_flow() -> None:
    known = _known(_asked("other.example", "b.example"), _sent("a.example"))

    assert known == KnownName("a.example", NameEvidence.SNI)


def test_behind_an_encrypted_hello_the_name_that_was_asked_for_joins() -> None:
    known = _known(_asked("hidden.example", "b.example"), _sent("outer.example", encrypted=True))

    assert known == KnownName(
        "outer.example", NameEvidence.SNI, ("hidden.example", "b.example"), encrypted_hello=True
    )


def test_an_encrypted_hello_without_a_dns_answer_stays_visible() -> None:
    known = _known(_sent("outer.example", encrypted=True))

    assert known == KnownName("outer.example", NameEvidence.SNI, encrypted_hello=True)


def test_old_names_are_forgotten_and_counted() -> None:
    table = NameTable(Limits(names=2))
    for number in range(5):
        table.learn(
            NameLearned(
                at_ns=START_NS,
                name=f"{number}.example",
                evidence=NameEvidence.SNI,
                addresses=(f"203.0.113.{number}",),
                flow=a_flow(f"203.0.113.{number}"),
            )
        )

    assert table.forgotten == 6
    assert table.of(a_flow("203.0.113.0")) is None
    assert table.of(a_flow("203.0.113.4")) is not None
