"""Rehearsal: a policy's own test cases, each an invented transfer judged by the real rules."""

from dataclasses import dataclass

from strandwatch.core.ledger import Ledger
from strandwatch.core.limits import SECOND_NS
from strandwatch.core.policy import count_persons, judge
from strandwatch.domain.alert import Severity, Verdict
from strandwatch.domain.destination import Confidence, Controller, CountryCode, Destination
from strandwatch.domain.file import (
    OMIC_CATEGORIES,
    Category,
    FileFacts,
    FileFormat,
    FileKey,
    FileVersion,
    Species,
)
from strandwatch.domain.flow import Direction, Endpoint, FiveTuple, FlowKey, Protocol
from strandwatch.domain.lineage import Relation
from strandwatch.domain.regime import Dataset, Policy, Regime
from strandwatch.domain.sample import PersonCount
from strandwatch.domain.transfer import CarriedFile, Method, Transfer

_PATH = "/rehearsal/file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One transfer, and what a regime should say about it."""

    name: str
    to: CountryCode | None
    """None is a destination that nobody could tell."""
    category: Category
    persons: int
    at_ns: int
    expect: Verdict
    severity: Severity | None = None
    """None leaves it open."""
    controller: str | None = None
    species: Species = Species.HUMAN


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a regime said about a case."""

    case: Case
    verdict: Verdict
    severity: Severity | None

    @property
    def passed(self) -> bool:
        """Tell whether it is what the case expects."""
        said = self.case.severity
        return self.verdict is self.case.expect and (said is None or said is self.severity)


def rehearse(regime: Regime, case: Case) -> Outcome:
    """Judge a case by one regime alone."""
    declared = Dataset(name="rehearsal", paths=(_PATH,), categories=frozenset({case.category}))
    policy = Policy((regime,), "rehearsal", datasets=(declared,))
    ledger, transfer = Ledger(), _transfer(case)
    count_persons(transfer, policy, ledger)
    decision = judge(transfer, policy, ledger)
    verdict = decision.verdicts[0].verdict if decision.verdicts else Verdict.NONE
    return Outcome(case, verdict, decision.severity)


def day_ns(days: int) -> int:
    """Give noon of a day, counted from 1970."""
    return (days * 86_400 + 43_200) * SECOND_NS


def _transfer(case: Case) -> Transfer:
    is_omic = case.category in OMIC_CATEGORIES
    facts = FileFacts(
        format=FileFormat.BAM,
        category=case.category if is_omic else Category.GENOMIC,
        species=case.species,
        persons=PersonCount(case.persons, case.persons),
    )
    carried = CarriedFile(
        file=FileVersion(FileKey(0, 0), 1, 0),
        path=_PATH,
        facts=facts,
        relation=Relation.READ,
        via=(),
        confidence=1.0,
    )
    return Transfer(
        id="rehearsal",
        method=Method.SOCKET,
        direction=Direction.OUTBOUND,
        started_ns=case.at_ns,
        updated_ns=case.at_ns,
        ended_ns=case.at_ns,
        sent_bytes=1,
        process=None,
        ancestry=(),
        files=(carried,),
        flow_key=FlowKey(0, 0),
        flow=FiveTuple(Protocol.TCP, Endpoint("192.0.2.1", 1), Endpoint("203.0.113.1", 1)),
        destination=_destination(case),
    )


def _destination(case: Case) -> Destination:
    countries = () if case.to is None else (case.to,)
    owner = case.controller
    controllers = () if owner is None or case.to is None else (Controller(owner, case.to),)
    return Destination(
        address="203.0.113.1",
        countries=countries,
        controllers=controllers,
        jurisdictions=countries,
        confidence=Confidence.HIGH if countries else Confidence.UNKNOWN,
    )
