"""The best tier that starts is the one that runs, and the report says why not a better one."""

import threading

import pytest
from structlog.testing import capture_logs

from strandwatch.domain.observation import Observation, PacketCaptured, SourceReported, Ticked
from strandwatch.errors import SourceError
from strandwatch.runtime.tiers import BestOf, Standby
from support.builders import START_NS
from support.runtime import ScriptedSource, StillClock

TICK = Ticked(at_ns=START_NS)


def a_choice(*candidates: ScriptedSource) -> BestOf:
    """Give a choice between flow sources."""
    return BestOf("flows", candidates, StillClock())


def test_the_first_that_starts_runs_and_says_what_was_refused() -> None:
    choice = a_choice(
        ScriptedSource("flows.kernel", [], fails_to_start=9),
        ScriptedSource("flows.portable", [TICK]),
    )
    got: list[Observation | PacketCaptured] = []

    def emit(observation: Observation | PacketCaptured) -> bool:
        got.append(observation)
        return True

    with capture_logs() as logs:
        choice.start()
    thread = threading.Thread(target=choice.run, args=(emit,))
    thread.start()
    choice.stop()
    thread.join()

    report = got[0]
    assert isinstance(report, SourceReported)
    assert (report.source, report.working) == ("flows.portable", True)
    assert report.note == "portable tier refused: not yet"
    assert got[1] == TICK
    assert [entry["event"] for entry in logs] == ["tier_refused"]


def test_after_a_failure_the_better_one_is_tried_again() -> None:
    better = ScriptedSource("flows.kernel", [], fails_to_start=1)
    choice = a_choice(better, ScriptedSource("flows.portable", []))

    with capture_logs():
        choice.start()
        first = choice.name
        choice.stop()
        choice.start()
    choice.stop()

    assert (first, choice.name) == ("flows.portable", "flows.kernel")


def test_when_none_starts_all_reasons_are_given() -> None:
    choice = a_choice(*(ScriptedSource("x", [], fails_to_start=9) for _ in range(2)))

    with capture_logs(), pytest.raises(SourceError, match=r"refused.*; .*refused"):
        choice.start()

    assert (choice.name, choice.tier) == ("flows", "none")
    with pytest.raises(SourceError, match="not started"):
        choice.run(lambda _: True)
    choice.stop()


def test_without_candidates_there_is_no_source() -> None:
    with pytest.raises(SourceError, match="no such source"):
        a_choice().start()


@pytest.mark.parametrize(
    ("told_elsewhere", "name", "tier"),
    [(True, "processes", "kernel"), (False, "processes.portable", "portable")],
)
def test_a_source_on_standby_runs_only_when_it_is_needed(
    told_elsewhere: bool, name: str, tier: str
) -> None:
    source = ScriptedSource("processes.portable", [])
    standby = Standby("processes", source, unless=lambda: told_elsewhere)
    thread = threading.Thread(target=standby.run, args=(lambda _: True,))

    standby.start()
    thread.start()
    standby.stop()
    thread.join()

    assert (standby.name, standby.tier) == (name, tier)
    assert source.starts == (not told_elsewhere)
