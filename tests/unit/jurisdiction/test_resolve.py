import threading
from pathlib import Path

from strandwatch.domain.destination import Caveat, Confidence, Controller, NameEvidence
from strandwatch.jurisdiction.networks import Override
from support.address_data import (
    DAY_SECONDS,
    SECOND_NS,
    StoppedClock,
    a_resolver,
    country_record,
    write_database,
)


def test_two_databases_that_agree_make_a_location_of_high_confidence(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path)

    destination = resolver.resolve("203.0.113.1", port=443)

    assert destination.countries == ("CN",)
    assert destination.controllers == (Controller("China Telecom", "CN"),)
    assert destination.jurisdictions == ("CN",)
    assert destination.confidence is Confidence.HIGH
    assert destination.port == 443


def test_a_network_is_controlled_by_its_owner_wherever_the_address_is(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path)

    destination = resolver.resolve("203.0.113.20")

    assert destination.countries == ("US",)
    assert destination.controllers == (Controller("Alibaba Group", "CN"),)
    assert set(destination.jurisdictions) == {"US", "CN"}
    assert destination.confidence is Confidence.HIGH


def test_taiwan_is_its_own_code(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path)

    destination = resolver.resolve("203.0.113.50")

    assert destination.jurisdictions == ("TW",)


def test_the_same_question_is_answered_by_the_same_object(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path)

    first = resolver.resolve("203.0.113.1", canonical=["a.example"])
    second = resolver.resolve("203.0.113.1", canonical=("a.example",))

    assert first is second


def test_answers_are_kept_within_bounds(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path)

    for port in range(10_000):
        resolver.resolve("203.0.113.1", port=port)

    assert resolver.kept < 10_000
    assert resolver.resolve("203.0.113.1", port=9_999).port == 9_999


def test_a_changed_file_is_taken_up_on_refresh(tmp_path: Path) -> None:
    plan = write_database(tmp_path / "plan.mmdb", {"203.0.113.0/28": country_record("RU")})
    resolver = a_resolver(tmp_path, databases=[("override", plan)])
    before = resolver.resolve("203.0.113.1").jurisdictions
    new = write_database(tmp_path / "new.mmdb", {"203.0.113.0/28": country_record("IR")})

    unchanged = resolver.refresh()
    new.replace(plan)
    changed = resolver.refresh()

    assert before == ("RU",)
    assert (unchanged, changed) == (False, True)
    assert resolver.resolve("203.0.113.1").jurisdictions == ("IR",)


def test_a_file_that_is_overwritten_in_place_hurts_nobody(tmp_path: Path) -> None:
    plan = write_database(tmp_path / "plan.mmdb", {"203.0.113.0/28": country_record("RU")})
    resolver = a_resolver(tmp_path, databases=[("override", plan)])

    plan.write_bytes(b"")
    answer = resolver.resolve("203.0.113.1").jurisdictions
    resolver.refresh()

    assert answer == ("RU",)
    assert [missing.name for missing in resolver.missing] == ["plan.mmdb"]
    assert Caveat.MISSING_DATA in resolver.resolve("203.0.113.1").caveats


def test_a_new_day_makes_old_data_visible(tmp_path: Path) -> None:
    clock = StoppedClock()
    resolver = a_resolver(tmp_path, clock=clock)
    before = resolver.resolve("203.0.113.33")

    clock.now += 400 * DAY_SECONDS * SECOND_NS
    resolver.refresh()
    after = resolver.resolve("203.0.113.33")

    assert before.confidence is Confidence.MEDIUM
    assert after.confidence is Confidence.UNKNOWN
    assert Caveat.STALE_DATA in after.caveats


def test_refreshing_does_not_disturb_look_ups_under_way(tmp_path: Path) -> None:
    clock = StoppedClock()
    resolver = a_resolver(tmp_path, clock=clock)
    stop = threading.Event()
    wrong: list[object] = []

    def look_up() -> None:
        port = 0
        while not stop.is_set():
            port += 1
            answer = resolver.resolve("203.0.113.1", port=port % 7000)
            if answer.jurisdictions != ("CN",):
                wrong.append(answer)

    thread = threading.Thread(target=look_up)
    thread.start()
    for _ in range(5):
        clock.now += DAY_SECONDS * SECOND_NS
        resolver.refresh()
    stop.set()
    thread.join()

    assert wrong == []


def test_an_argument_may_be_an_address_or_a_name(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path)

    address = resolver.resolve_argument("203.0.113.1:443")
    name = resolver.resolve_argument("https://x.oss-cn-beijing.aliyuncs.com/y")

    assert (address.address, address.port) == ("203.0.113.1", 443)
    assert name.server_name == "x.oss-cn-beijing.aliyuncs.com"
    assert name.name_evidence is NameEvidence.ARGUMENT
    assert name.jurisdictions == ("CN",)


def test_a_resolver_may_become_another(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    resolver = a_resolver(tmp_path / "one")
    other = a_resolver(tmp_path / "two", overrides=[Override(match="203.0.113.1", country="DE")])
    before = resolver.resolve("203.0.113.1").jurisdictions

    resolver.become(other)

    assert before == ("CN",)
    assert resolver.resolve("203.0.113.1").jurisdictions == ("DE",)
    assert not resolver.refresh()
