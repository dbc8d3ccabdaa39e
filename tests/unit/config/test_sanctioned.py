"""Sanctioned destinations: off unless named, and only for allow-lists of countries."""

from dataclasses import replace

import pytest

from strandwatch.config.policy import load_policy
from strandwatch.config.policy_models import PolicyConfig
from strandwatch.config.sanctioned import catalogue
from strandwatch.core.ledger import Ledger
from strandwatch.core.policy import judge
from strandwatch.domain.alert import Severity
from strandwatch.errors import ConfigurationError
from support.builders import a_destination, a_transfer

BOTH = ("us-dsp", "local-residency")


def severity(country: str, *sanctioned: str) -> Severity | None:
    """Judge a transfer to a name of EMBL-EBI's in some country."""
    destination = replace(a_destination(countries=(country,)), server_name="webin.ebi.ac.uk")
    policy = load_policy(PolicyConfig(regimes=BOTH, sanctioned=sanctioned))
    return judge(a_transfer(destination=destination), policy, Ledger()).severity


def test_none_is_on_unless_it_is_named() -> None:
    assert load_policy(PolicyConfig()).authorisations == ()
    assert severity("GB") is Severity.HIGH


def test_a_sanctioned_service_is_less_urgent_under_an_allow_list_only() -> None:
    assert severity("GB", "embl-ebi-ena-ega") is Severity.LOW
    assert severity("CN", "embl-ebi-ena-ega") is Severity.HIGH
    assert severity("GB", "ncbi-sra") is Severity.HIGH


def test_the_catalogue_names_each_service_once_with_its_source() -> None:
    services = catalogue()

    assert len({one.id for one in services}) == len(services)
    assert all(one.names and one.source for one in services)


@pytest.mark.parametrize(
    ("name", "hint"), [("ncbi", "did you mean ncbi-sra"), ("zzz", "known: dnanexus, embl-ebi")]
)
def test_an_unknown_service_is_refused_with_a_hint(name: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        load_policy(PolicyConfig(sanctioned=(name,)))
