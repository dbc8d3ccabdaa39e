from datetime import date
from pathlib import Path

import pytest

from strandwatch.app.watchlists import with_listed_entities
from strandwatch.config.policy import load_policy
from strandwatch.config.policy_models import PolicyConfig
from strandwatch.domain.regime import Policy, Regime
from strandwatch.errors import ConfigurationError


def _policy(*entities: str) -> Policy:
    regime = Regime(
        id="test",
        title="test",
        citation="test",
        effective_from="2020-01-01",
        entities=frozenset(entities),
    )
    return Policy((regime,), "digest")


def test_a_list_becomes_its_members_of_the_day_with_their_subsidiaries() -> None:
    before = with_listed_entities(_policy("dod_1260h"), (), date(2026, 6, 7))
    after = with_listed_entities(_policy("dod_1260h"), (), date(2026, 6, 8))

    assert "Alibaba Group" not in before.regimes[0].entities
    assert {"Alibaba Group", "BGI", "MGI Tech", "China National GeneBank"} <= after.regimes[
        0
    ].entities
    assert before.digest != after.digest


def test_an_entity_may_be_named_by_its_id_or_its_name() -> None:
    policy = with_listed_entities(_policy("alibaba-group", "A partner"), (), date(2026, 6, 8))

    assert policy.regimes[0].entities == {"Alibaba Group", "A partner"}


def test_a_policy_without_entities_stays_as_it_is() -> None:
    policy = _policy()

    assert with_listed_entities(policy, (), date(2026, 6, 8)) is policy


def test_operators_lists_count_and_a_bad_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "partners.toml"
    path.write_text(
        'version = 1\n[[entity]]\nid = "lab"\nname = "Partner lab"\ncountry = "NO"\n'
        'source = "contract"\nas_of = "2026-11-22"\n[[entity.listing]]\nlist = "barred"\n'
        'from = 2026-01-01\nsource = "board"\nas_of = "2026-11-22"\n'
    )
    policy = with_listed_entities(_policy("barred"), [path], date(2026, 6, 8))
    path.write_text("version = 2\n")

    assert policy.regimes[0].entities == {"Partner lab"}
    with pytest.raises(ConfigurationError, match=r"partners\.toml"):
        with_listed_entities(_policy("barred"), [path], date(2026, 6, 8))


def test_the_embedded_watchlist_regime_has_members() -> None:
    policy = load_policy(PolicyConfig(regimes=("us-watchlists",)))

    (regime,) = with_listed_entities(policy, (), date(2026, 11, 23)).regimes

    assert {"BGI", "Tencent", "Aeza", "Media Land"} <= regime.entities
    assert "dod_1260h" not in regime.entities
