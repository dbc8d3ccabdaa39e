from pathlib import Path

import maxminddb
import pytest

from strandwatch.domain.destination import (
    Caveat,
    Confidence,
    Controller,
    Destination,
    NameEvidence,
    SignalKind,
)
from strandwatch.jurisdiction.networks import Override
from strandwatch.jurisdiction.resolve import Resolver
from support.address_data import (
    BUILD_EPOCH,
    DAY_SECONDS,
    SECOND_NS,
    StoppedClock,
    a_resolver,
    country_record,
    write_database,
)

HIGH, MEDIUM, LOW, UNKNOWN = Confidence


@pytest.fixture
def resolver(tmp_path: Path) -> Resolver:
    return a_resolver(tmp_path)


def _kinds(destination: Destination) -> set[SignalKind]:
    return {signal.kind for signal in destination.signals}


def _named(resolver: Resolver, address: str | None, name: str) -> Destination:
    return resolver.resolve(address, server_name=name, name_evidence=NameEvidence.SNI)


def test_every_signal_carries_its_source_date_and_hash(resolver: Resolver) -> None:
    destination = resolver.resolve("203.0.113.20")

    said = {(signal.kind, signal.source, signal.value) for signal in destination.signals}
    assert (SignalKind.ADDRESS_COUNTRY, "first.mmdb", "US") in said
    assert (SignalKind.ADDRESS_COUNTRY, "second.mmdb", "US") in said
    assert (SignalKind.NETWORK_REGISTRATION, "registered.mmdb", "CN") in said
    assert all(signal.as_of for signal in destination.signals)
    assert all(
        len(signal.digest or "") == 64
        for signal in destination.signals
        if signal.source.endswith(".mmdb")
    )


@pytest.mark.parametrize(
    "address", ["::ffff:203.0.113.1", "2002:cb00:7101::1", "64:ff9b::cb00:7101"]
)
def test_an_address_inside_another_is_the_one_that_counts(resolver: Resolver, address: str) -> None:
    destination = resolver.resolve(address)

    assert destination.address == "203.0.113.1"
    assert destination.jurisdictions == ("CN",)
    assert SignalKind.SPECIAL_RANGE in _kinds(destination)


@pytest.mark.parametrize("address", ["10.0.0.1", "fd00::1", "127.0.0.1", "::ffff:192.168.0.1"])
def test_an_internal_address_is_neither_abroad_nor_clean(resolver: Resolver, address: str) -> None:
    destination = resolver.resolve(address)

    assert destination.internal
    assert destination.jurisdictions == ()
    assert destination.confidence is UNKNOWN


def test_an_internal_address_with_a_foreign_clouds_name_is_not_internal(
    resolver: Resolver,
) -> None:
    destination = _named(resolver, "10.0.0.1", "b.oss-cn-beijing.aliyuncs.com")

    assert not destination.internal
    assert destination.jurisdictions == ("CN",)


def test_the_named_target_of_a_proxy_is_the_destination(resolver: Resolver) -> None:
    by_address = resolver.resolve(
        "10.0.0.9", server_name="203.0.113.1", name_evidence=NameEvidence.PROXY_TARGET
    )
    by_name = resolver.resolve(
        "203.0.113.33",
        server_name="upload.cngb.org",
        name_evidence=NameEvidence.PROXY_TARGET,
    )
    unknown = resolver.resolve(
        "203.0.113.33",
        server_name="upload.example.org",
        name_evidence=NameEvidence.PROXY_TARGET,
    )

    assert by_address.jurisdictions == ("CN",)
    assert by_name.jurisdictions == ("CN",)
    assert (unknown.jurisdictions, unknown.confidence) == ((), UNKNOWN)


def test_only_the_name_finds_a_vendor_on_a_foreign_cloud(resolver: Resolver) -> None:
    destination = _named(resolver, "203.0.113.113", "app.bgionline.com")

    assert Controller("BGI", "CN") in destination.controllers
    assert Controller("Amazon", "US") in destination.controllers
    assert set(destination.jurisdictions) == {"US", "CN"}
    assert destination.confidence is HIGH


def test_a_canonical_name_counts_like_the_name(resolver: Resolver) -> None:
    destination = resolver.resolve(
        "203.0.113.33",
        server_name="data.example.org",
        name_evidence=NameEvidence.DNS,
        canonical=["b.oss-cn-beijing.aliyuncs.com"],
    )

    assert "CN" in destination.jurisdictions
    assert destination.server_name == "data.example.org"


def test_a_forged_name_does_not_hide_the_address(resolver: Resolver) -> None:
    destination = _named(resolver, "203.0.113.1", "s3.us-east-1.amazonaws.com")

    assert "CN" in destination.jurisdictions
    assert destination.disagreement
    assert destination.confidence is HIGH


def test_a_top_level_domain_is_low_on_shared_hosting_and_medium_elsewhere(
    resolver: Resolver,
) -> None:
    shared = _named(resolver, "203.0.113.113", "example.ru")
    own = _named(resolver, "203.0.113.33", "example.ru")
    alone = _named(resolver, None, "example.ru")

    assert (shared.jurisdictions, shared.confidence) == (("US",), LOW)
    assert ("RU" in own.jurisdictions, own.confidence) == (True, MEDIUM)
    assert (alone.jurisdictions, alone.confidence) == (("RU",), LOW)


def test_an_anycast_address_is_capped_and_says_so(resolver: Resolver) -> None:
    destination = resolver.resolve("203.0.113.81")

    assert destination.location_confidence is LOW
    assert destination.jurisdictions == ("US",)
    assert Caveat.ANYCAST in destination.caveats
    assert destination.countries == ("HK",)


def test_crimea_is_the_operators_choice(tmp_path: Path) -> None:
    answers = {}
    for word in ("both", "UA", "RU"):
        folder = tmp_path / word
        folder.mkdir()
        resolver = a_resolver(folder, disputed_as=word)
        answers[word] = resolver.resolve("203.0.113.97")

    assert set(answers["both"].countries) == {"UA", "RU"}
    assert answers["both"].disagreement
    assert answers["UA"].countries == ("UA",)
    assert answers["RU"].countries == ("RU",)
    assert all(Caveat.DISPUTED_TERRITORY in answer.caveats for answer in answers.values())


def test_an_unproved_owner_is_shown_and_decides_nothing(resolver: Resolver) -> None:
    destination = resolver.resolve("203.0.113.129")

    assert Controller("Wangsu (CDNetworks)", "CN") in destination.controllers
    assert destination.jurisdictions == ("US",)
    assert destination.confidence is LOW


def test_a_cleared_network_is_not_controlled_from_where_it_is_registered(
    resolver: Resolver,
) -> None:
    destination = resolver.resolve("203.0.113.145")

    assert set(destination.jurisdictions) == {"SG", "AU"}
    assert SignalKind.NETWORK_REGISTRATION in _kinds(destination)


def test_a_network_that_changed_hands_is_not_believed_to_be_the_owners(
    resolver: Resolver,
) -> None:
    destination = resolver.resolve("203.0.113.161")

    assert destination.jurisdictions == ("US",)
    assert destination.confidence is LOW


def test_a_code_that_is_no_country_is_unknown(resolver: Resolver) -> None:
    destination = resolver.resolve("203.0.113.177")

    assert destination.countries == ()
    assert destination.confidence is UNKNOWN
    assert SignalKind.MISSING_DATA in _kinds(destination)


def test_sources_that_differ_are_both_kept(resolver: Resolver) -> None:
    destination = resolver.resolve("203.0.113.193")

    assert set(destination.countries) == {"SG", "HK"}
    assert destination.disagreement
    assert destination.confidence is MEDIUM


def test_an_operators_word_is_final_and_the_signals_stay(tmp_path: Path) -> None:
    resolver = a_resolver(
        tmp_path,
        overrides=[
            Override(match="203.0.113.0/28", country="DE", entity="Our site", as_of="2026-11-01"),
            Override(match="AS64500", country="FR"),
            Override(match="partner.example", country="CH"),
            Override(match="10.20.0.0/16", country="CN", entity="Partner over a tunnel"),
        ],
    )

    by_prefix = resolver.resolve("203.0.113.1")
    by_network = resolver.resolve("203.0.113.33")
    by_name = _named(resolver, "203.0.113.20", "x.partner.example")
    inside = resolver.resolve("10.20.0.1")

    assert (by_prefix.jurisdictions, by_prefix.confidence) == (("DE",), HIGH)
    assert by_prefix.controllers == (Controller("Our site", "DE"),)
    assert SignalKind.ADDRESS_COUNTRY in _kinds(by_prefix)
    assert by_network.jurisdictions == ("FR",)
    assert by_name.jurisdictions == ("CH",)
    assert (inside.jurisdictions, inside.internal) == (("CN",), False)


def test_an_own_address_plan_beats_other_databases_where_it_has_the_address(
    tmp_path: Path,
) -> None:
    plan = write_database(tmp_path / "plan.mmdb", {"203.0.113.0/28": country_record("RU")})
    resolver = a_resolver(tmp_path, databases=[("override", plan)])

    inside, outside = resolver.resolve("203.0.113.1"), resolver.resolve("203.0.113.20")

    assert (inside.jurisdictions, inside.confidence) == (("RU",), HIGH)
    assert set(outside.jurisdictions) == {"US", "CN"}


def test_a_maxmind_file_is_one_more_opinion_with_a_registered_country(tmp_path: Path) -> None:
    theirs = write_database(
        tmp_path / "GeoLite2-Country.mmdb",
        {"203.0.113.32/28": country_record("US", "HK")},
        database_type="GeoLite2-Country",
    )
    resolver = a_resolver(tmp_path, databases=[("maxmind", theirs)])

    destination = resolver.resolve("203.0.113.33")

    assert SignalKind.REGISTERED_COUNTRY in _kinds(destination)
    assert set(destination.jurisdictions) == {"US", "HK"}
    assert destination.location_confidence is HIGH
    assert destination.control_confidence is MEDIUM


def test_a_relay_hides_the_final_destination(tmp_path: Path) -> None:
    feed = tmp_path / "exits.txt"
    feed.write_text("203.0.113.33\n")
    resolver = a_resolver(tmp_path, anonymiser_feeds=[("tor exits", feed)])

    destination = resolver.resolve("203.0.113.33")

    assert Caveat.FINAL_DESTINATION_UNKNOWN in destination.caveats
    assert destination.confidence is UNKNOWN
    assert SignalKind.ANONYMISER in _kinds(destination)


def test_an_encrypted_hello_is_visible(resolver: Resolver) -> None:
    destination = resolver.resolve(
        "203.0.113.33",
        server_name="front.example.org",
        name_evidence=NameEvidence.SNI,
        encrypted_hello=True,
    )

    assert Caveat.ENCRYPTED_HELLO in destination.caveats


@pytest.mark.parametrize(
    ("cloud", "region", "expected"),
    [
        ("aliyun", "cn-hongkong", {"HK", "CN"}),
        ("aws", "us-east-1", {"US"}),
        ("AWS China", "cn-north-1", {"CN"}),
        ("nobody", "x", set()),
        ("aws", "moon-1", {"US"}),
    ],
)
def test_a_recorded_cloud_region_counts(
    resolver: Resolver, cloud: str, region: str, expected: set[str]
) -> None:
    destination = resolver.resolve(None, cloud=cloud, region=region)

    assert set(destination.jurisdictions) == expected
    assert SignalKind.CLOUD_REGION in _kinds(destination)


@pytest.mark.parametrize(
    "name", ["a" * 4096, "a\x00b", "\u0430pple.org", "\x1b[2J", "." * 300, "\ud800"]
)
def test_a_hostile_name_makes_clean_unknown_and_is_shown_safely(
    resolver: Resolver, name: str
) -> None:
    clean = _named(resolver, "203.0.113.113", name)
    concerned = _named(resolver, "203.0.113.1", name)

    assert clean.confidence is UNKNOWN
    assert Caveat.UNUSABLE_NAME in clean.caveats
    assert (clean.server_name or "").isprintable()
    assert concerned.jurisdictions == ("CN",)
    assert concerned.confidence is HIGH


@pytest.mark.parametrize("address", ["", "nonsense", "1.2.3.4.5", "\x00", "9" * 10_000, "%"])
def test_what_is_no_address_is_an_unknown_destination(resolver: Resolver, address: str) -> None:
    destination = resolver.resolve(address)

    assert destination.confidence is UNKNOWN
    assert destination.jurisdictions == ()
    assert (destination.address or "").isprintable()


def test_nat64_prefixes_may_be_configured(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path, nat64_prefixes=["2001:db8:122:344::/96"])

    assert resolver.resolve("2001:db8:122:344::203.0.113.1").jurisdictions == ("CN",)


def _with_a_broken_record(path: Path, broken: str, whole: str) -> None:
    """Damage a database so that one address cannot be read any more and another can."""
    content = path.read_bytes()
    for at in range(len(content) - 1, 0, -1):
        path.unlink()
        path.write_bytes(content[:at] + b"\xff" + content[at + 1 :])
        try:
            reader = maxminddb.open_database(path)
        except maxminddb.InvalidDatabaseError:
            continue
        with reader:
            if _reads(reader, whole) and _reads(reader, "8.8.8.8") and not _reads(reader, broken):
                return
    pytest.fail("no byte breaks just one record")


def _reads(reader: maxminddb.Reader, address: str) -> bool:
    try:
        reader.get(address)
    except (maxminddb.InvalidDatabaseError, UnicodeDecodeError):
        return False
    return True


def test_damage_that_shows_itself_late_makes_that_answer_unknown(tmp_path: Path) -> None:
    damaged = write_database(
        tmp_path / "theirs.mmdb",
        {
            "203.0.113.112/28": {"country": {"iso_code": "US"}, "marker": "broken"},
            "203.0.113.32/28": country_record("US"),
        },
    )
    _with_a_broken_record(damaged, "203.0.113.113", "203.0.113.33")
    resolver = a_resolver(tmp_path, databases=[("country", damaged)])

    broken = resolver.resolve("203.0.113.113")
    whole = resolver.resolve("203.0.113.33")

    assert Caveat.MISSING_DATA in broken.caveats
    assert broken.confidence is UNKNOWN
    assert Caveat.MISSING_DATA not in whole.caveats
    assert [missing.name for missing in resolver.missing] == ["theirs.mmdb"]
    assert "theirs.mmdb" in resolver.problems[0]


def test_an_operators_word_on_a_name_counts_without_an_address(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path, overrides=[Override(match="cngb.org", country="SG")])

    destination = _named(resolver, None, "ftp.cngb.org")

    assert (destination.jurisdictions, destination.confidence) == (("SG",), HIGH)
    assert SignalKind.ENTITY in _kinds(destination)


def test_an_operators_word_stands_against_a_region_and_a_top_level_domain(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path, overrides=[Override(match="partner.ru", country="SG")])

    destination = resolver.resolve(
        None,
        server_name="x.partner.ru",
        name_evidence=NameEvidence.DNS,
        cloud="aliyun",
        region="cn-beijing",
    )

    assert destination.jurisdictions == ("SG",)


def test_an_as_number_may_be_overridden(tmp_path: Path) -> None:
    resolver = a_resolver(tmp_path, overrides=[Override(match="AS45102", country="DE")])

    assert resolver.resolve_network(45102).jurisdictions == ("DE",)
    assert resolver.resolve_network(64999).confidence is UNKNOWN


def test_an_anonymous_ip_database_marks_relays(tmp_path: Path) -> None:
    theirs = write_database(
        tmp_path / "GeoIP2-Anonymous-IP.mmdb",
        {"203.0.113.32/28": {"is_anonymous": True, "is_anonymous_vpn": True}},
        database_type="GeoIP2-Anonymous-IP",
    )
    resolver = a_resolver(tmp_path, databases=[("maxmind", theirs)])

    destination = resolver.resolve("203.0.113.33")

    assert Caveat.FINAL_DESTINATION_UNKNOWN in destination.caveats
    assert destination.confidence is UNKNOWN


def test_an_operators_word_needs_no_database(tmp_path: Path) -> None:
    clock = StoppedClock((BUILD_EPOCH + 900 * DAY_SECONDS) * SECOND_NS)
    plan = write_database(tmp_path / "plan.mmdb", {"203.0.113.32/28": country_record("US")})
    resolver = a_resolver(
        tmp_path,
        clock=clock,
        databases=[("override", plan), ("country", tmp_path / "none.mmdb")],
        overrides=[Override(match="203.0.113.64/28", country="DE")],
    )

    by_plan, by_word = resolver.resolve("203.0.113.33"), resolver.resolve("203.0.113.65")

    assert (by_plan.jurisdictions, by_plan.confidence) == (("US",), HIGH)
    assert (by_word.jurisdictions, by_word.confidence) == (("DE",), HIGH)
    assert Caveat.MISSING_DATA in by_word.caveats


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("[2001:db8:c::1]:8080", "2001:db8:c::1"),
        ("data.example.org:8080", "data.example.org"),
    ],
)
def test_a_host_header_may_hold_a_port_or_an_address(
    resolver: Resolver, name: str, shown: str
) -> None:
    destination = resolver.resolve(
        "203.0.113.113", server_name=name, name_evidence=NameEvidence.HTTP_HOST
    )

    assert destination.server_name == shown
    assert Caveat.UNUSABLE_NAME not in destination.caveats
    assert destination.confidence is HIGH


def test_a_proxys_target_may_be_an_ipv6_address_with_a_port(resolver: Resolver) -> None:
    destination = resolver.resolve(
        "10.0.0.9",
        server_name="[2001:db8:c::1]:443",
        name_evidence=NameEvidence.PROXY_TARGET,
    )

    assert destination.jurisdictions == ("CN",)
