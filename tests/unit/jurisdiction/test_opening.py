from pathlib import Path

import pytest

from strandwatch.domain.destination import Caveat, Confidence
from strandwatch.errors import ConfigurationError
from strandwatch.jurisdiction.opening import open_resolver
from support.address_data import (
    BUILD_EPOCH,
    DAY_SECONDS,
    SECOND_NS,
    StoppedClock,
    a_resolver,
    write_database,
)

ROOT = Path(__file__).parents[3]


def test_all_bad_arguments_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_resolver(
            cache_directory=tmp_path,
            clock=StoppedClock(),
            databases=[("wine", tmp_path / "x.mmdb")],
            nat64_prefixes=["2001:db8::/33"],
            disputed_as="nobody",
        )

    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("damage", ["missing", "truncated", "wrong type", "no database"])
@pytest.mark.parametrize("victim", ["first.mmdb", "second.mmdb", "registered.mmdb"])
def test_without_one_database_the_rest_goes_on_and_clean_becomes_unknown(
    tmp_path: Path, victim: str, damage: str
) -> None:
    resolver = a_resolver(tmp_path)
    path = tmp_path / victim
    before = resolver.resolve("203.0.113.113")
    content = path.read_bytes()
    path.unlink()
    if damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "wrong type":
        write_database(path, {}, database_type="Wine-Ratings")
    elif damage == "no database":
        path.write_bytes(b"<html>404</html>")

    resolver.refresh()

    after = resolver.resolve("203.0.113.113")
    assert before.confidence is Confidence.HIGH
    assert [missing.name for missing in resolver.missing] == [victim]
    assert after.confidence is Confidence.UNKNOWN
    assert Caveat.MISSING_DATA in after.caveats
    assert "CN" in resolver.resolve("203.0.113.1").jurisdictions


def test_a_database_over_the_limit_makes_clean_unknown_and_keeps_concern(tmp_path: Path) -> None:
    clock = StoppedClock((BUILD_EPOCH + 366 * DAY_SECONDS) * SECOND_NS)
    resolver = a_resolver(tmp_path, clock=clock)

    clean, concerned = resolver.resolve("203.0.113.113"), resolver.resolve("203.0.113.1")

    assert clean.confidence is Confidence.UNKNOWN
    assert Caveat.STALE_DATA in clean.caveats
    assert concerned.confidence is Confidence.HIGH


def test_ageing_data_is_said_and_does_not_change_the_conclusion(tmp_path: Path) -> None:
    clock = StoppedClock((BUILD_EPOCH + 121 * DAY_SECONDS) * SECOND_NS)
    resolver = a_resolver(tmp_path, clock=clock)

    destination = resolver.resolve("203.0.113.113")

    assert destination.confidence is Confidence.HIGH
    assert Caveat.AGEING_DATA in destination.caveats


def test_a_missing_feed_makes_clean_unknown(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path, anonymiser_feeds=[("tor", tmp_path / "none")])

    assert resolver.resolve("203.0.113.113").confidence is Confidence.UNKNOWN


def test_operators_lists_add_to_the_curated_ones(tmp_path: Path) -> None:
    entities = tmp_path / "entities.toml"
    entities.write_text(
        'version = 1\n[[entity]]\nid = "lab"\nname = "Partner lab"\ncountry = "IR"\n'
        'source = "contract"\nas_of = "2026-11-22"\n[[entity.network]]\nasn = 64500\n'
        'tier = "A"\nname_pattern = "example"\nsource = "contract"\nas_of = "2026-11-22"\n'
    )
    names = tmp_path / "names.toml"
    names.write_text(
        'version = 1\n[[name]]\nsuffix = "partner.example"\nentity = "lab"\n'
        'confidence = "high"\nkind = "partner"\nsource = "contract"\nas_of = "2026-11-22"\n'
    )
    resolver = a_resolver(tmp_path, entity_lists=[entities], destination_lists=[names])

    assert "IR" in resolver.resolve("203.0.113.33").jurisdictions
    assert resolver.resolve_argument("x.partner.example").jurisdictions == ("IR",)


def test_a_bad_list_keeps_the_last_good_state(tmp_path: Path) -> None:
    entities = tmp_path / "entities.toml"
    entities.write_text("version = 1\n")
    resolver = a_resolver(tmp_path, entity_lists=[entities])

    entities.write_text("version = 7\n")
    with pytest.raises(ConfigurationError, match=r"entities\.toml"):
        resolver.refresh()

    assert resolver.resolve("203.0.113.1").jurisdictions == ("CN",)


def test_without_a_cache_directory_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    plan = ROOT / "geoip/lab.mmdb"

    resolver = open_resolver(
        cache_directory=None,
        clock=StoppedClock(),
        databases=[("override", plan)],
        replace_embedded=True,
    )

    assert resolver.resolve("203.0.113.1").jurisdictions == ("CN",)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("203.0.113.10", "CN"),
        ("203.0.113.130", "RU"),
        ("203.0.113.200", "HK"),
        ("198.51.100.10", "US"),
        ("198.51.100.130", "TW"),
        ("198.51.100.200", "DE"),
        ("192.0.2.10", "US"),
        ("2001:db8:c::10", "CN"),
        ("2001:db8:a::10", "US"),
    ],
)
def test_the_labs_address_plan_is_concluded_with_high_confidence(
    tmp_path: Path, address: str, country: str
) -> None:
    resolver = open_resolver(
        cache_directory=tmp_path,
        clock=StoppedClock(),
        databases=[("override", ROOT / "geoip/lab.mmdb")],
        replace_embedded=True,
    )

    destination = resolver.resolve(address)

    assert destination.jurisdictions == (country,)
    assert destination.confidence is Confidence.HIGH
