from pathlib import Path

from strandwatch.app.resolver import FOLDER, open_planned_resolver
from strandwatch.runtime.plan import Database, Feed, JurisdictionPlan, Override
from support.address_data import StoppedClock, country_record, write_database


def _plan(folder: Path) -> JurisdictionPlan:
    """A plan that uses everything an operator can name."""
    database = write_database(
        folder / "plan.mmdb",
        {"203.0.113.0/24": country_record("RU"), "198.51.100.0/24": country_record("US")},
    )
    feed = folder / "exits.txt"
    feed.write_text("198.51.100.7\n")
    empty = folder / "empty.toml"
    empty.write_text("version = 1\n")
    return JurisdictionPlan(
        databases=(Database(kind="override", path=str(database)),),
        replace_embedded=True,
        overrides=(Override(match="192.0.2.0/24", country="DE", entity="own site"),),
        entity_lists=(str(empty),),
        destination_lists=(str(empty),),
        anonymiser_feeds=(Feed(name="tor exits", path=str(feed)),),
        nat64_prefixes=("2001:db8:64::/96",),
        disputed_as="UA",
    )


def test_everything_a_plan_names_is_asked(tmp_path: Path) -> None:
    resolver = open_planned_resolver(
        _plan(tmp_path), tmp_path / "state", StoppedClock(), writable=True
    )

    assert resolver.missing == ()
    assert resolver.resolve("203.0.113.1").jurisdictions == ("RU",)
    assert resolver.resolve("192.0.2.1").jurisdictions == ("DE",)
    assert resolver.resolve("198.51.100.7").confidence.value == "unknown"
    assert resolver.resolve("2001:db8:64::203.0.113.1").jurisdictions == ("RU",)
    assert (tmp_path / "state" / FOLDER).is_dir()


def test_a_command_that_only_asks_leaves_no_trace(tmp_path: Path) -> None:
    resolver = open_planned_resolver(
        _plan(tmp_path), tmp_path / "state", StoppedClock(), writable=False
    )

    assert resolver.resolve("203.0.113.1").jurisdictions == ("RU",)
    assert not (tmp_path / "state").exists()
