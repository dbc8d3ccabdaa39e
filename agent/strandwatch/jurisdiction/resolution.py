"""Resolution: collects every signal about one endpoint and concludes whose jurisdiction it is in.

The order is that of the evidence, and nothing stops at the first: normalise, operator's word, name,
address databases, network and its owner, relays. Then `conclude` weighs. It asks nobody outside.
"""

from collections.abc import Mapping

from strandwatch.domain.destination import (
    Caveat,
    Confidence,
    Controller,
    CountryCode,
    Destination,
    SignalKind,
)
from strandwatch.domain.entity import Tier
from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.addresses import NormalAddress, normalise
from strandwatch.jurisdiction.conclude import Findings, conclude
from strandwatch.jurisdiction.databases import Database, DatabaseKind, Freshness
from strandwatch.jurisdiction.names import (
    NameMatch,
    TldRule,
    region_country,
    shown,
)
from strandwatch.jurisdiction.networks import Override, Role
from strandwatch.jurisdiction.reading import target_of, usable_names
from strandwatch.jurisdiction.records import AddressRecord
from strandwatch.jurisdiction.state import Missing, Query, State

_OPERATOR = "operator"
_TIER_CONFIDENCE = {
    Tier.A: Confidence.HIGH,
    Tier.B: Confidence.HIGH,
    Tier.CLEARED: Confidence.HIGH,
    Tier.REVIEW: Confidence.LOW,
}
_DISPUTED = ("UA", "RU")


class Resolution:
    """One resolution under way: gathers the findings of one query in one state."""

    def __init__(self, state: State, query: Query) -> None:
        self._state = state
        self._query = query
        self._found = Findings()
        self._name: str | None = None
        self._shared = False
        self.broken: list[Missing] = []

    def destination(self) -> Destination:
        """Collect all signals and conclude."""
        query = self._query
        address = None if query.address is None else normalise(query.address, self._state.nat64)
        names, self._name = usable_names(query, self._found)
        target = target_of(query, address, self._state.nat64, self._found)
        self._operators_word(target, names)
        match_found = self._by_names(names)
        self._by_region()
        if target is not None and target.special is None:
            self._by_address(target)
        self._by_tld(names, target)
        self._data_caveats()
        return self._answer(address, target, by_name=match_found)

    def of_network(self, asn: int) -> Destination:
        """Conclude from an AS number alone: who controls it, not where its addresses are."""
        self._add(SignalKind.NETWORK_OWNER, f"AS{asn}", "argument")
        self._override_network(asn)
        self._by_owner(asn, None)
        self._data_caveats()
        return self._answer(None, None, by_name=False)

    def _operators_word(self, target: NormalAddress | None, names: list[str]) -> None:
        overrides = self._state.overrides
        for name in names:
            if (row := overrides.by_name(name)) is not None:
                self._override(row)
                return
        if target is not None and (row := overrides.by_address(target)) is not None:
            self._override(row)

    def _override(self, row: Override) -> None:
        entity = row.entity or "operator's override"
        value = f"{row.match}: {row.country} {row.entity or ''}".rstrip()
        self._add(SignalKind.OVERRIDE, value, _OPERATOR, row.as_of)
        self._decide(row.country, Controller(entity, row.country))

    def _decide(self, country: CountryCode, controller: Controller | None) -> None:
        found = self._found
        found.final = True
        found.votes.clear()
        found.located.clear()
        found.controlled.clear()
        found.controllers.clear()
        found.locate(country, Confidence.HIGH)
        if controller is not None:
            found.control((controller,), Confidence.HIGH)

    def _by_names(self, names: list[str]) -> bool:
        """Apply the name rules; True when one of at least medium confidence hit."""
        hit = False
        for name in names:
            match = self._state.names.match(name)
            if match is not None:
                self._by_rule(name, match)
                hit = hit or match.rule.confidence is not Confidence.LOW
        return hit

    def _by_rule(self, name: str, match: NameMatch) -> None:
        rule, found = match.rule, self._found
        self._add(SignalKind.NAME_SUFFIX, f"{name} is under {rule.suffix}", rule.source, rule.as_of)
        if rule.entity is not None:
            controllers = self._state.entities.controllers(rule.entity)
            owner = controllers[0]
            self._add(
                SignalKind.ENTITY, f"{owner.entity} ({owner.country})", rule.source, rule.as_of
            )
            if not found.final:
                found.control(controllers, rule.confidence)
        if match.region is not None:
            value = f"{match.region}: {match.location or 'unknown'}"
            self._add(SignalKind.CLOUD_REGION, value, rule.source, rule.as_of)
        if match.location is not None and not found.final:
            found.locate(match.location, rule.confidence)

    def _by_region(self) -> None:
        """Apply a cloud and region that a mount, a bucket or a DRS answer names outright."""
        query = self._query
        cloud = None if query.cloud is None else self._state.names.cloud(query.cloud)
        if query.cloud is None:
            return
        if cloud is None:
            self._add(SignalKind.CLOUD_REGION, f"unknown cloud {shown(query.cloud)}", "record")
            return
        region = (query.region or "").strip().lower()
        country = region_country(cloud.regions, region)
        value = f"{cloud.id} {shown(region)}: {country or 'unknown'}"
        self._add(SignalKind.CLOUD_REGION, value, cloud.source, cloud.as_of)
        if self._found.final:
            return
        if country is not None:
            self._found.locate(country, Confidence.HIGH)
        if cloud.entity is not None:
            self._found.control(self._state.entities.controllers(cloud.entity), Confidence.HIGH)

    def _by_address(self, target: NormalAddress) -> None:
        answers = self._ask(target)
        networks: dict[int, str | None] = {}
        for database, record in answers:
            self._country_signals(database, record)
            if record.asn is not None and networks.get(record.asn) is None:
                networks[record.asn] = record.as_name
        for asn, as_name in networks.items():
            self._by_network(asn, as_name, target)
        for database, record in answers:
            self._votes(database, record, networks)
        self._relays(target)

    def _ask(self, target: NormalAddress) -> list[tuple[Database, AddressRecord]]:
        """Ask every database; an own address plan that has the address speaks first and last."""
        answers: list[tuple[Database, AddressRecord]] = []
        for aged in self._state.databases:
            database = aged.database
            try:
                record = database.look_up(target.text, target.version)
            except JurisdictionError as error:
                self.broken.append(Missing(database.name, str(error)))
                self._missing(database.name, str(error))
                continue
            answers.append((database, record))
            if database.kind is DatabaseKind.OVERRIDE and record.country is not None:
                self._own_plan(record)
        return answers

    def _own_plan(self, record: AddressRecord) -> None:
        if self._found.final or record.country is None:
            return
        registered = record.registered_country or record.country
        self._decide(record.country, Controller(record.as_name or "own address plan", registered))

    def _country_signals(self, database: Database, record: AddressRecord) -> None:
        if database.kind is DatabaseKind.REGISTRATION:
            if record.country is not None:
                self._said(SignalKind.NETWORK_REGISTRATION, record.country, database)
            return
        if record.country is not None:
            self._said(SignalKind.ADDRESS_COUNTRY, record.country, database)
        elif record.pseudo_country is not None:
            text = f"{shown(record.pseudo_country)} is no country: unknown"
            self._said(SignalKind.MISSING_DATA, text, database)
        if record.registered_country is not None:
            self._said(SignalKind.REGISTERED_COUNTRY, record.registered_country, database)
        if record.asn is not None:
            text = f"AS{record.asn} {record.as_name or ''}".rstrip()
            self._said(SignalKind.NETWORK_OWNER, text, database)
        if record.anonymiser is not None:
            self._said(SignalKind.ANONYMISER, record.anonymiser, database)
            self._found.caveats.add(Caveat.FINAL_DESTINATION_UNKNOWN)

    def _by_network(self, asn: int, as_name: str | None, target: NormalAddress) -> None:
        self._override_network(asn)
        for row in self._state.roles.roles(asn, as_name, target):
            self._role(row.role, row.source, row.as_of)
        self._by_owner(asn, as_name)

    def _override_network(self, asn: int) -> None:
        override = self._state.overrides.by_asn(asn)
        if override is not None and not self._found.final:
            self._override(override)

    def _by_owner(self, asn: int, as_name: str | None) -> None:
        found = self._found
        owner = self._state.owners.owner(asn, as_name)
        if owner is None:
            return
        network, entity = owner.network, owner.entity
        value = f"{entity.name} ({entity.country}), tier {owner.tier}"
        self._add(SignalKind.ENTITY, value, network.source, network.as_of)
        if found.final:
            return
        if owner.tier is Tier.REVIEW:
            found.control((Controller(entity.name, entity.country),), Confidence.LOW)
            return
        chain = self._state.entities.controllers(entity.id)
        found.control(chain, _TIER_CONFIDENCE[owner.tier])
        found.owner_known = True

    def _role(self, role: Role, source: str, as_of: str) -> None:
        if role is Role.ANYCAST:
            self._add(SignalKind.ANYCAST, "answered at many places", source, as_of)
            self._found.caveats.add(Caveat.ANYCAST)
        elif role is Role.SHARED_HOSTING:
            self._shared = True
        else:
            self._add(SignalKind.DISPUTED_TERRITORY, "Crimea", source, as_of)
            self._found.caveats.add(Caveat.DISPUTED_TERRITORY)

    def _votes(
        self, database: Database, record: AddressRecord, networks: Mapping[int, str | None]
    ) -> None:
        found = self._found
        if found.final or (record.country is None and record.registered_country is None):
            return
        if database.kind is DatabaseKind.REGISTRATION:
            if record.country is not None:
                name = next((name for name in networks.values() if name), "registered network")
                found.registrations.append((Controller(name, record.country), Confidence.MEDIUM))
            return
        if record.country is not None:
            self._vote(record.country)
        if record.registered_country not in (None, record.country):
            name = record.as_name or next(iter(networks.values()), None) or "registered network"
            found.registrations.append(
                (Controller(name, record.registered_country), Confidence.MEDIUM)
            )

    def _vote(self, country: CountryCode) -> None:
        found = self._found
        if Caveat.DISPUTED_TERRITORY in found.caveats and country in _DISPUTED:
            if self._state.disputed_as:
                country = self._state.disputed_as.get(country, country)
            else:
                for claimed in _DISPUTED:
                    found.locate(claimed, Confidence.MEDIUM)
        found.votes.append(country)

    def _relays(self, target: NormalAddress) -> None:
        for source, table in self._state.relays:
            if table.find(target.version, target.number) is not None:
                self._add(SignalKind.ANONYMISER, "relay: final destination unknown", source)
                self._found.caveats.add(Caveat.FINAL_DESTINATION_UNKNOWN)

    def _by_tld(self, names: list[str], target: NormalAddress | None) -> None:
        found = self._found
        for name in names:
            rule = self._state.names.tld(name)
            if rule is None:
                continue
            label = name.rpartition(".")[2]
            self._add(
                SignalKind.TOP_LEVEL_DOMAIN, f".{label}: {rule.country}", rule.source, rule.as_of
            )
            if found.final:
                continue
            found.name_holder(
                f"holder of a .{label} name", rule.country, self._is_sure(rule, target)
            )

    def _is_sure(self, rule: TldRule, target: NormalAddress | None) -> bool:
        """Say whether the address bears a top-level domain out: same country, or no shared host."""
        found = self._found
        if target is None or target.special is not None:
            return False
        if rule.country in found.votes:
            return True
        if any(controller.country == rule.country for controller, _ in found.registrations):
            return True
        return bool(found.votes) and not self._shared and not found.owner_known

    def _data_caveats(self) -> None:
        for missing in self._state.missing:
            self._missing(missing.name, missing.problem)
        for aged in self._state.databases:
            if aged.freshness in (Freshness.FRESH, Freshness.NOTICE):
                continue
            self._said(SignalKind.STALENESS, f"{aged.age_days} days old", aged.database)
            expired = aged.freshness is Freshness.EXPIRED
            self._found.caveats.add(Caveat.STALE_DATA if expired else Caveat.AGEING_DATA)

    def _missing(self, name: str, problem: str) -> None:
        self._add(SignalKind.MISSING_DATA, problem, name)
        self._found.caveats.add(Caveat.MISSING_DATA)

    def _answer(
        self, address: NormalAddress | None, target: NormalAddress | None, *, by_name: bool
    ) -> Destination:
        query = self._query
        conclusion = conclude(self._found, self._state.concern)
        internal = (
            target is not None
            and target.special is not None
            and not by_name
            and not self._found.final
        )
        if internal:
            conclusion = _INTERNAL
        return Destination(
            address=_address_text(query, address),
            port=query.port,
            server_name=self._name or (shown(query.server_name) if query.server_name else None),
            name_evidence=query.name_evidence,
            countries=conclusion.countries,
            controllers=conclusion.controllers,
            jurisdictions=conclusion.jurisdictions,
            confidence=conclusion.confidence,
            disagreement=conclusion.disagreement,
            internal=internal,
            signals=tuple(self._found.signals),
            claims=conclusion.claims,
            location_confidence=conclusion.location_confidence,
            control_confidence=conclusion.control_confidence,
            caveats=conclusion.caveats,
        )

    def _add(self, kind: SignalKind, value: str, source: str, as_of: str | None = None) -> None:
        self._found.tell(kind, value, source, as_of)

    def _said(self, kind: SignalKind, value: str, database: Database) -> None:
        self._found.signals.append(self._state.signals.said(kind, value, database))


_INTERNAL = conclude(Findings(), frozenset())


def _address_text(query: Query, address: NormalAddress | None) -> str | None:
    if address is not None:
        return address.text
    return None if query.address is None else shown(query.address)
