"""Watch-lists: a regime's list ids, turned into the entities that are on the lists today.

The lists are those of the resolver's entities: who is on which, and from when to when, is written
in one place, and the resolver's controllers go by the same names.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from strandwatch.domain.entity import EntityBook
from strandwatch.domain.regime import Policy, Regime
from strandwatch.jurisdiction.opening import curated_entities


def with_listed_entities(policy: Policy, entity_lists: Sequence[Path], today: date) -> Policy:
    """Give the policy with every list id among a regime's entities replaced by its members.

    Raises ConfigurationError for a list of the operator's that cannot be read. The digest changes
    with the members, so that a record shows which lists it was judged by.
    """
    if not any(regime.entities for regime in policy.regimes):
        return policy
    book = curated_entities(entity_lists)
    regimes = tuple(_expanded(regime, book, today) for regime in policy.regimes)
    digest = hashlib.blake2b(policy.digest.encode(), digest_size=32)
    for regime in regimes:
        digest.update("\0".join(sorted(regime.entities)).encode())
    return replace(policy, regimes=regimes, digest=digest.hexdigest())


def _expanded(regime: Regime, book: EntityBook, today: date) -> Regime:
    lists = regime.entities & book.lists()
    members = frozenset[str]().union(*(book.names_on(one, today) for one in lists))
    named = {
        book.entities[one].name if one in book.entities else one for one in regime.entities - lists
    }
    return replace(regime, entities=members | named)
