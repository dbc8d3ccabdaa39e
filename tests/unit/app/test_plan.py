"""From configuration to plans."""

from strandwatch.app.plan import make_plan
from strandwatch.config.load import load_config
from strandwatch.runtime.plan import KeepPlan


def test_records_are_kept_as_long_as_configured() -> None:
    config = load_config(None, {"store.keep_flow_days": 30})

    keep = make_plan(config, ()).agent.keep

    assert keep == KeepPlan(flow_days=30, process_days=400, file_days=3_660)


def test_a_legal_hold_keeps_everything() -> None:
    config = load_config(None, {"store.legal_hold": True})

    assert make_plan(config, ()).agent.keep == KeepPlan()


def test_the_state_directory_holds_the_record() -> None:
    config = load_config(None, {"agent.state_directory": "/state"})

    plan = make_plan(config, ("plan",))

    assert plan.agent.store_path == "/state/record.db"
    assert plan.remake == ("plan",)


def test_no_source_looks_at_the_daemons_own_files() -> None:
    config = load_config(None, {"agent.state_directory": "/state", "store.path": "/other/r.db"})

    ignored = make_plan(config, ()).sensor.own_paths

    assert "/state/health.json".startswith(ignored)
    assert "/other/r.db-shm".startswith(ignored)
    assert not "/data/run/a.bam".startswith(ignored)
