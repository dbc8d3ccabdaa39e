from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.destination import Basis, Caveat, Claim, Confidence, Controller
from strandwatch.jurisdiction.conclude import Findings, conclude
from strandwatch.jurisdiction.countries import COUNTRIES_OF_CONCERN

HIGH, MEDIUM, LOW, UNKNOWN = Confidence
OWNER = Controller("Example", "US")


def _found(*votes: str, caveats: frozenset[Caveat] = frozenset()) -> Findings:
    """Findings with these databases' votes and an owner in the US."""
    found = Findings(votes=list(votes), caveats=set(caveats))
    found.control((OWNER,), HIGH)
    return found


def test_agreement_is_high_one_source_is_medium() -> None:
    assert conclude(_found("US", "US"), COUNTRIES_OF_CONCERN).confidence is HIGH
    assert conclude(_found("US"), COUNTRIES_OF_CONCERN).confidence is MEDIUM


def test_disagreement_is_shown_and_every_country_counts() -> None:
    conclusion = conclude(_found("SG", "HK"), COUNTRIES_OF_CONCERN)

    assert conclusion.disagreement
    assert conclusion.countries == ("SG", "HK")
    assert conclusion.jurisdictions == ("US", "SG", "HK")
    assert conclusion.confidence is MEDIUM


def test_the_majority_comes_first_and_the_minority_stays() -> None:
    conclusion = conclude(_found("HK", "SG", "SG"), COUNTRIES_OF_CONCERN)

    assert conclusion.countries == ("SG", "HK")
    assert conclusion.location_confidence is HIGH
    assert conclusion.confidence is MEDIUM


def test_an_anycast_address_says_little_about_the_place() -> None:
    conclusion = conclude(
        _found("HK", "HK", caveats=frozenset({Caveat.ANYCAST})), COUNTRIES_OF_CONCERN
    )

    assert conclusion.location_confidence is LOW
    assert conclusion.jurisdictions == ("US",)
    assert conclusion.control_confidence is HIGH


def test_conflicting_sources_at_an_anycast_address_leave_it_unknown() -> None:
    found = _found("US", "CA", caveats=frozenset({Caveat.ANYCAST}))

    assert conclude(found, COUNTRIES_OF_CONCERN).confidence is UNKNOWN


def test_registration_counts_only_where_no_owner_is_known() -> None:
    registration = (Controller("Network", "HK"), MEDIUM)
    known, unknown = _found("US", "US"), Findings(votes=["US", "US"])
    known.owner_known = True
    for found in (known, unknown):
        found.registrations.append(registration)

    assert conclude(known, COUNTRIES_OF_CONCERN).jurisdictions == ("US",)
    assert set(conclude(unknown, COUNTRIES_OF_CONCERN).jurisdictions) == {"US", "HK"}


def test_nothing_found_is_unknown() -> None:
    conclusion = conclude(Findings(), COUNTRIES_OF_CONCERN)

    assert conclusion.confidence is UNKNOWN
    assert conclusion.jurisdictions == ()


def test_a_low_claim_decides_only_where_there_is_nothing_else() -> None:
    alone, beside = Findings(), _found("US", "US")
    for found in (alone, beside):
        found.name_holder("holder", "RU", sure=False)

    assert conclude(alone, COUNTRIES_OF_CONCERN).jurisdictions == ("RU",)
    assert conclude(beside, COUNTRIES_OF_CONCERN).jurisdictions == ("US",)
    assert Claim("RU", Basis.CONTROL, LOW) in conclude(beside, COUNTRIES_OF_CONCERN).claims


_countries = st.sampled_from(["CN", "HK", "US", "DE", "TW"])
_undermining = st.sampled_from(
    [
        Caveat.STALE_DATA,
        Caveat.MISSING_DATA,
        Caveat.FINAL_DESTINATION_UNKNOWN,
        Caveat.UNUSABLE_NAME,
    ]
)


@given(st.lists(_countries, max_size=4), _undermining)
def test_missing_knowledge_never_makes_a_destination_clean(
    votes: list[str], caveat: Caveat
) -> None:
    conclusion = conclude(_found(*votes, caveats=frozenset({caveat})), COUNTRIES_OF_CONCERN)

    concerned = COUNTRIES_OF_CONCERN.intersection(conclusion.jurisdictions)
    assert bool(concerned) != (conclusion.confidence is UNKNOWN)


@given(st.lists(_countries, max_size=4), _countries)
def test_one_more_source_never_hides_a_country(votes: list[str], another: str) -> None:
    before = set(conclude(_found(*votes), COUNTRIES_OF_CONCERN).jurisdictions)
    after = set(conclude(_found(*votes, another), COUNTRIES_OF_CONCERN).jurisdictions)

    assert before <= after
