"""Loading the policy."""

from pathlib import Path

import pytest

from strandwatch.config.models import PolicyConfig
from strandwatch.config.policy import load_policy
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
    (regime,) = load_policy(PolicyConfig()).regimes

    assert regime.countries == {"CN", "HK", "MO", "CU", "IR", "KP", "RU", "VE"}
    assert regime.effective_from == "2025-04-08"
    assert regime.effective_to is None
    assert regime.window_months == 12


def test_the_us_rule_has_the_thresholds_of_its_section_205() -> None:
    (regime,) = load_policy(PolicyConfig()).regimes

    assert {row.category: row.more_than for row in regime.thresholds} == {
        Category.GENOMIC: 100,
        Category.EPIGENOMIC: 1000,
        Category.PROTEOMIC: 1000,
        Category.TRANSCRIPTOMIC: 1000,
    }


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
        "known here: category, citation, more_than",
    ]


def test_a_regime_that_is_nowhere_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="no regime 'us-dps'; did you mean us-dsp"):
        load_policy(PolicyConfig(regimes=("us-dps",)))


def test_a_regime_unlike_any_lists_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="known: us-dsp"):
        load_policy(PolicyConfig(regimes=("zzz",)))


def test_a_file_must_hold_the_regime_of_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="id: should be the file's name"):
        load_policy(of_directory(tmp_path, REGIME, "other"))


def test_a_regime_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_bytes(b"\xff\xfe\xff")

    with pytest.raises(ConfigurationError, match=r"local\.toml: cannot be read"):
        load_policy(PolicyConfig(regimes=("local",), directories=(tmp_path,)))
