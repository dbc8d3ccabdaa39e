"""Names by address and by flow, as they were seen on the wire."""

from collections import OrderedDict
from dataclasses import dataclass

from strandwatch.core.limits import Limits
from strandwatch.domain.destination import NameEvidence
from strandwatch.domain.flow import FiveTuple
from strandwatch.domain.observation import NameLearned


@dataclass(frozen=True, slots=True)
class KnownName:
    """A server name, how it became known, and the CNAME chain behind it."""

    name: str
    evidence: NameEvidence
    canonical: tuple[str, ...] = ()
    encrypted_hello: bool = False


class NameTable:
    """The newest name of each address and flow, at most `limits.names` of either kind."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.names
        self._by_address: OrderedDict[str, KnownName] = OrderedDict()
        self._by_flow: OrderedDict[FiveTuple, KnownName] = OrderedDict()
        self.forgotten = 0

    def learn(self, observation: NameLearned) -> None:
        """Take in a DNS answer or a name that was sent on a flow."""
        known = KnownName(
            observation.name,
            observation.evidence,
            observation.canonical,
            observation.encrypted_hello,
        )
        for address in observation.addresses:
            self._by_address[address] = known
            self._by_address.move_to_end(address)
        if observation.flow is not None:
            self._by_flow[observation.flow] = known
            self._by_flow.move_to_end(observation.flow)
        self._trim()

    def of(self, flow: FiveTuple) -> KnownName | None:
        """Give the name sent on this flow, else the last name that resolved to its far end.

        The CNAME chain of the DNS answer is kept beside a name that the flow itself sent. Behind an
        encrypted hello that name is only the outer one, so the name that was asked for joins it.
        """
        sent = self._by_flow.get(flow)
        asked = self._by_address.get(flow.destination.address)
        if sent is None:
            return asked
        if asked is None:
            return sent
        if sent.encrypted_hello:
            chain = (asked.name, *asked.canonical)
            return KnownName(sent.name, sent.evidence, chain, encrypted_hello=True)
        if asked.name != sent.name:
            return sent
        return KnownName(sent.name, sent.evidence, asked.canonical)

    def _trim(self) -> None:
        while len(self._by_address) > self._limit:
            self._by_address.popitem(last=False)
            self.forgotten += 1
        while len(self._by_flow) > self._limit:
            self._by_flow.popitem(last=False)
            self.forgotten += 1
