"""Resolver: answers whose jurisdiction an endpoint is in, and keeps the answers it has given."""

import threading
from collections.abc import Callable, Sequence

import structlog

from strandwatch.domain.destination import Destination, NameEvidence
from strandwatch.jurisdiction.addresses import parse, split_host
from strandwatch.jurisdiction.databases import Freshness
from strandwatch.jurisdiction.resolution import Resolution
from strandwatch.jurisdiction.state import AgedDatabase, Missing, Query, State

log = structlog.get_logger()

_GENERATION_SIZE = 2048
Key = tuple[object, ...]
_NO_QUERY = Query(None, None, None, None, (), False, None, None)


class Resolver:
    """The `DestinationResolver` over address databases, curated lists and operators' words.

    `build` makes the state anew from the files as they are now; `refresh` calls it and swaps the
    result in, so that look-ups under way finish with the state they began with.
    """

    def __init__(self, build: Callable[[State | None], State]) -> None:
        self._build = build
        self._state = build(None)
        self._lock = threading.Lock()
        self._recent: dict[Key, Destination] = {}
        self._older: dict[Key, Destination] = {}
        self._broken: dict[str, Missing] = {}

    @property
    def databases(self) -> tuple[AgedDatabase, ...]:
        """Give the open databases with their ages, for `doctor` and metrics."""
        return self._state.databases

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Give what should be there and cannot be used."""
        return (*self._state.missing, *self._broken.values())

    @property
    def problems(self) -> tuple[str, ...]:
        """Give what keeps a destination from being called clean, in words."""
        expired = (
            f"{aged.database.name} is {aged.age_days} days old"
            for aged in self._state.databases
            if aged.freshness is Freshness.EXPIRED
        )
        return (*(f"{one.name}: {one.problem}" for one in self.missing), *expired)

    @property
    def oldest_days(self) -> int:
        """Give the age of the oldest database in days; 0 without any."""
        return max((aged.age_days for aged in self._state.databases), default=0)

    @property
    def state(self) -> State:
        """Give the state that answers now."""
        return self._state

    @property
    def kept(self) -> int:
        """Give how many answers are kept."""
        return len(self._recent) + len(self._older)

    def refresh(self) -> bool:
        """Take up changed files and a new day; True when answers may differ from now on.

        When a new state cannot be built, ConfigurationError is raised and the last good one stays.
        """
        with self._lock:
            state = self._build(self._state)
            if state is self._state:
                return False
            self._state = state
            self._broken = {}
            self._recent, self._older = {}, {}
        log.info("address_data_loaded", databases=len(state.databases), missing=len(state.missing))
        return True

    def become(self, other: "Resolver") -> None:
        """Ask from now on what another resolver asks; answers given before are forgotten."""
        with self._lock:
            self._build = other._build
            self._state = other._state
            self._broken = {}
            self._recent, self._older = {}, {}

    def resolve(
        self,
        address: str | None,
        *,
        port: int | None = None,
        server_name: str | None = None,
        name_evidence: NameEvidence | None = None,
        canonical: Sequence[str] = (),
        encrypted_hello: bool = False,
        cloud: str | None = None,
        region: str | None = None,
    ) -> Destination:
        """Give location, control and all signals; unknown is an answer, never an exception."""
        if canonical.__class__ is not tuple:
            canonical = tuple(canonical)
        key = (
            address, port, server_name, name_evidence, canonical, encrypted_hello, cloud, region,
        )  # fmt: skip
        recent = self._recent
        destination = recent.get(key)
        if destination is None:
            destination = self._older.get(key) or self._resolve(*key)
            self._keep(recent, key, destination)
        return destination

    def resolve_network(self, asn: int) -> Destination:
        """Say who controls an AS number; where its addresses are is another question."""
        return Resolution(self._state, _NO_QUERY).of_network(asn)

    def _resolve(self, *key: object) -> Destination:
        resolution = Resolution(self._state, Query(*key))  # type: ignore[arg-type]
        destination = resolution.destination()
        for missing in resolution.broken:
            if missing.name not in self._broken:
                log.error("address_database_broken", database=missing.name, error=missing.problem)
            self._broken[missing.name] = missing
        return destination

    def _keep(self, recent: dict[Key, Destination], key: Key, destination: Destination) -> None:
        """Keep an answer; two generations give an order of use without work on every hit.

        `recent` was taken before the answer was made: after a refresh in between nobody reads it.
        """
        recent[key] = destination
        if len(recent) >= _GENERATION_SIZE and recent is self._recent:
            self._recent, self._older = {}, recent

    def resolve_argument(self, text: str) -> Destination:
        """Resolve what a person typed: an address, `address:port`, a URL or a name."""
        host, port = split_host(text)
        if parse(host) is not None:
            return self.resolve(host, port=port)
        return self.resolve(None, port=port, server_name=host, name_evidence=NameEvidence.ARGUMENT)
