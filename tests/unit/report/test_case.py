"""A case adds up its transfers."""

from dataclasses import replace

from support.cases import a_case, a_case_transfer


def test_a_case_lasts_from_its_first_to_its_last_transfer() -> None:
    case = a_case()

    assert case.began_ns == case.transfers[0].started_ns
    assert case.ended_ns == case.transfers[1].ended_ns
    assert case.sent_bytes == 55_000_000


def test_a_case_has_not_ended_while_a_transfer_is_under_way() -> None:
    running = replace(a_case_transfer(3, sent=None), ended_ns=None)

    case = replace(a_case(), transfers=(running,))

    assert (case.ended_ns, case.sent_bytes) == (None, None)
