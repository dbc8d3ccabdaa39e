"""Loading the policy."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from strandwatch.config.policy import known_regimes, load_policy
from strandwatch.config.policy_models import AuthorisationConfig, DatasetConfig, PolicyConfig
from strandwatch.domain.file import Category
from strandwatch.errors import ConfigurationError

REGIME = """\
id = "local"
title = "House rule"
citation = "SOP 7"
effective_from = 2026-01-01
effective_to = 2027-01-01
countries = ["NO", "SE"]
[[thresholds]]
category = "genomic"
more_than = 0
citation = "SOP 7.1"
"""


def of_directory(folder: Path, text: str, regime: str = "local") -> PolicyConfig:
    (folder / f"{regime}.toml").write_text(text)
    return PolicyConfig(regimes=(regime,), directories=(folder,))


def test_the_us_rule_names_eight_codes_and_not_taiwan() -> None:
    (regime,) = load_policy(PolicyConfig(regimes=("us-dsp",))).regimes

    assert regime.countries == {"CN", "HK", "MO", "CU", "IR", "KP", "RU", "VE"}
    assert regime.effective_from == "2025-04-08"
    assert regime.effective_to is None
    assert regime.window_months == 12


def test_the_us_rule_has_the_thresholds_of_its_section_205() -> None:
    (regime,) = load_policy(PolicyConfig(regimes=("us-dsp",))).regimes

    assert {row.category: row.more_than for row in regime.thresholds} == {
        Category.GENOMIC: 100,
        Category.EPIGENOMIC: 1000,
        Category.PROTEOMIC: 1000,
        Category.TRANSCRIPTOMIC: 1000,
        Category.BIOMETRIC: 1000,
        Category.GEOLOCATION: 1000,
        Category.HEALTH: 10_000,
        Category.FINANCIAL: 10_000,
        Category.IDENTIFIERS: 100_000,
        Category.GOVERNMENT_RELATED: 0,
    }
    assert [clock.hours for clock in regime.clocks] == [14 * 24, 14 * 24]


def test_norway_survives_the_loading(tmp_path: Path) -> None:
    (regime,) = load_policy(of_directory(tmp_path, REGIME)).regimes

    assert regime.countries == {"NO", "SE"}
    assert regime.effective_to == "2027-01-01"


def test_the_operators_file_replaces_the_embedded_one(tmp_path: Path) -> None:
    config = of_directory(tmp_path, REGIME.replace('"local"', '"us-dsp"'), "us-dsp")

    policy = load_policy(config)

    assert policy.regimes[0].title == "House rule"
    assert policy.digest != load_policy(PolicyConfig()).digest


def test_every_bad_option_of_every_regime_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(REGIME.replace('["NO", "SE"]', '["NO", "UK", "se"]'))
    (tmp_path / "two.toml").write_text(REGIME.replace("more_than = 0", "at_least = 1"))
    config = PolicyConfig(regimes=("one", "two"), directories=(tmp_path,))

    with pytest.raises(ConfigurationError) as caught:
        load_policy(config)

    assert [problem.removeprefix(f"{tmp_path}/") for problem in caught.value.problems] == [
        "one.toml:6: countries[1]: should be an ISO 3166-1 alpha-2 code in capitals, not 'UK'",
        "one.toml:6: countries[2]: should be an ISO 3166-1 alpha-2 code in capitals, not 'se'",
        "two.toml:7: thresholds[0].more_than: missing",
        "two.toml:9: thresholds[0].at_least: unknown option; "
        "known here: category, citation, effective_from, effective_to, more_than, verified",
    ]


def test_a_regime_that_is_nowhere_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="no regime 'us-dps'; did you mean us-dsp"):
        load_policy(PolicyConfig(regimes=("us-dps",)))


def test_a_regime_unlike_any_lists_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="known: local-residency, us-dsp"):
        load_policy(PolicyConfig(regimes=("zzz",)))


def test_a_file_must_hold_the_regime_of_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="id: should be the file's name"):
        load_policy(of_directory(tmp_path, REGIME, "other"))


def test_a_regime_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_bytes(b"\xff\xfe\xff")

    with pytest.raises(ConfigurationError, match=r"local\.toml: cannot be read"):
        load_policy(PolicyConfig(regimes=("local",), directories=(tmp_path,)))


def test_the_default_is_a_laboratory_in_the_united_states() -> None:
    policy = load_policy(PolicyConfig())

    assert [regime.id for regime in policy.regimes] == ["us-dsp", "us-nih-cadr", "us-watchlists"]


def test_every_regime_can_be_on_together() -> None:
    known = known_regimes(PolicyConfig())

    policy = load_policy(PolicyConfig(regimes=known))

    assert len(policy.regimes) == len(known) == 6
    assert all(regime.citation for regime in policy.regimes)
    assert all(rule.citation for regime in policy.regimes for rule in regime.thresholds)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (
            "effective_to = 2027-01-01",
            "effective_to = 2025-01-01",
            "local.toml:5: effective_to: is before effective_from",
        ),
        (
            'citation = "SOP 7.1"',
            'citation = "SOP 7.1"\n[[thresholds]]\ncategory = "genomic"\nmore_than = 9\n'
            'citation = "SOP 7.2"\neffective_from = 2026-06-01',
            "local.toml:11: thresholds[1]: overlaps another of genomic",
        ),
        (
            'citation = "SOP 7.1"',
            'citation = "SOP 7.1"\neffective_from = 2026-06-01\neffective_to = 2026-05-01',
            "local.toml:12: effective_to: is before effective_from",
        ),
        (
            'countries = ["NO", "SE"]',
            'countries = ["NO"]\nnot_countries = ["SE"]',
            "local.toml:7: not_countries: cannot stand beside countries",
        ),
        (
            'countries = ["NO", "SE"]',
            "",
            "local.toml:1: countries, not_countries or entities: one of them must name recipients",
        ),
    ],
)
def test_what_contradicts_itself_is_refused_with_the_line(
    tmp_path: Path, before: str, after: str, problem: str
) -> None:
    config = of_directory(tmp_path, REGIME.replace(before, after))

    with pytest.raises(ConfigurationError) as caught:
        load_policy(config)

    assert [one.removeprefix(f"{tmp_path}/") for one in caught.value.problems] == [problem]


def test_thresholds_may_follow_each_other(tmp_path: Path) -> None:
    text = REGIME + (
        'effective_to = 2026-05-31\n[[thresholds]]\ncategory = "genomic"\nmore_than = 9\n'
        'citation = "SOP 7.2"\neffective_from = 2026-06-01\n'
    )

    (regime,) = load_policy(of_directory(tmp_path, text)).regimes

    assert [rule.effective_from for rule in regime.thresholds] == ["", "2026-06-01"]


APPROVAL: dict[str, Any] = {
    "id": "award-7",
    "regimes": ("us-dsp",),
    "basis": "28 CFR 202.504",
    "counterparties": ("Example Institute",),
    "purpose": "funded research",
    "approved_by": "research office",
    "valid_from": date(2026, 1, 1),
    "valid_to": date(2026, 12, 31),
    "datasets": ("study",),
}
STUDY = DatasetConfig(name="study", paths=("/study/*",), categories=(Category.CONTROLLED_ACCESS,))


def test_the_operators_word_is_part_of_the_policy() -> None:
    config = PolicyConfig(datasets=(STUDY,), authorisations=(AuthorisationConfig(**APPROVAL),))

    policy = load_policy(config)

    assert policy.datasets[0].categories == {Category.CONTROLLED_ACCESS}
    assert policy.authorisations[0].valid_to == "2026-12-31"
    assert policy.digest != load_policy(PolicyConfig()).digest


def test_an_approval_of_something_unknown_is_refused() -> None:
    approval = AuthorisationConfig(**{**APPROVAL, "regimes": ("us-xyz",)})

    with pytest.raises(ConfigurationError) as caught:
        load_policy(PolicyConfig(authorisations=(approval,)))

    assert list(caught.value.problems) == [
        "policy.authorisations: award-7: no data set 'study'",
        "policy.authorisations: award-7: no regime 'us-xyz'",
    ]


def test_an_approval_ends_after_it_begins() -> None:
    with pytest.raises(ValidationError, match="valid_to is before valid_from"):
        AuthorisationConfig(**{**APPROVAL, "valid_to": date(2025, 12, 31)})
