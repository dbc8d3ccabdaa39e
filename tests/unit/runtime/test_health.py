"""Health: the state of the whole follows from its parts, and can be read by others."""

from pathlib import Path

from strandwatch.domain.observation import LossReason, ObservationsLost, SourceReported
from strandwatch.runtime.health import Health, State, read_health, write_health
from support.builders import START_NS


def a_report(*, working: bool = True) -> SourceReported:
    """A report of the flow source."""
    return SourceReported(
        at_ns=1, source="flows.portable", tier="portable", working=working, note=""
    )


def test_the_agent_is_ready_once_the_sensor_is_up() -> None:
    health = Health("0.1.0", START_NS)
    before = health.state()

    health.sensor_up()

    assert (before, health.state()) == (State.STARTING, State.READY)


def test_a_source_that_stops_working_degrades_and_recovers() -> None:
    health = Health("0.1.0", START_NS)
    health.sensor_up()

    health.source(a_report(working=False))
    degraded = health.state()
    health.source(a_report())

    assert (degraded, health.state()) == (State.DEGRADED, State.READY)


def test_a_part_that_fails_degrades_with_its_reason_until_it_works() -> None:
    health = Health("0.1.0", START_NS)
    health.sensor_up()

    health.degraded("store", "the disk is full")
    parts = health.snapshot(START_NS)["parts"]
    degraded = health.state()
    health.working("store")

    assert parts == [{"name": "store", "working": False, "note": "the disk is full"}]
    assert (degraded, health.state()) == (State.DEGRADED, State.READY)


def test_losses_add_up_by_source_and_reason() -> None:
    health = Health("0.1.0", START_NS)
    loss = ObservationsLost(at_ns=1, source="access", count=3, reason=LossReason.QUEUE_FULL)

    health.loss(loss)
    health.loss(loss)

    assert health.snapshot(START_NS)["losses"] == [
        {"source": "access", "reason": "queue_full", "count": 6}
    ]


def test_what_is_written_can_be_read_back(tmp_path: Path) -> None:
    health = Health("0.1.0", START_NS)
    health.stopping()

    write_health(tmp_path, health.snapshot(START_NS))

    assert read_health(tmp_path) == health.snapshot(START_NS)
    assert [path.name for path in tmp_path.iterdir()] == ["health.json"]


def test_no_health_and_nonsense_are_the_same(tmp_path: Path) -> None:
    missing = read_health(tmp_path)
    (tmp_path / "health.json").write_text("[1, 2")
    nonsense = read_health(tmp_path)
    (tmp_path / "health.json").write_text("[]")

    assert (missing, nonsense, read_health(tmp_path)) == (None, None, None)
