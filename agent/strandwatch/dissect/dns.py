"""Names in DNS answers: which addresses a name has, through its chain of other names."""

from dataclasses import dataclass

from scapy.layers.dns import DNS, DNSRR

from strandwatch.dissect.hostile import HOSTILE_ERRORS, clean_name

_ADDRESS, _CANONICAL, _ADDRESS6 = 1, 5, 28
_LONGEST_CHAIN = 16
_MOST_RECORDS = 128
_LONGEST_MESSAGE = 65_535


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says of the name that was asked for."""

    name: str
    addresses: tuple[str, ...]
    canonical: tuple[str, ...]
    """The names behind the name, in order."""
    lifetime_seconds: int


def read_answer(message: bytes) -> Answer | None:
    """Read an answer; None for anything else, and for one without an address of that name.

    Addresses count only if the chain from the name that was asked for leads to them: records of
    other names in an answer prove nothing.
    """
    try:
        return _read(DNS(message[:_LONGEST_MESSAGE]))
    except HOSTILE_ERRORS:
        return None


def _read(message: DNS) -> Answer | None:
    questions = list(message.qd or ())
    if not message.qr or message.rcode != 0 or len(questions) != 1:
        return None
    name = clean_name(questions[0].qname)
    if name is None:
        return None
    records = [each for each in list(message.an or ())[:_MOST_RECORDS] if isinstance(each, DNSRR)]
    chain, lifetimes = _follow(name, records)
    addresses = []
    for record in records:
        if record.type in (_ADDRESS, _ADDRESS6) and clean_name(record.rrname) == chain[-1]:
            addresses.append(str(record.rdata))
            lifetimes.append(int(record.ttl))
    if not addresses:
        return None
    return Answer(name, tuple(dict.fromkeys(addresses)), tuple(chain[1:]), min(lifetimes))


def _follow(name: str, records: list[DNSRR]) -> tuple[list[str], list[int]]:
    """Follow the chain of canonical names; one that turns back on itself ends there."""
    behind: dict[str, tuple[str, int]] = {}
    for record in records:
        owner = clean_name(record.rrname)
        target = clean_name(record.rdata) if record.type == _CANONICAL else None
        if owner and target:
            behind.setdefault(owner, (target, int(record.ttl)))
    chain, lifetimes = [name], []
    while chain[-1] in behind and len(chain) <= _LONGEST_CHAIN:
        target, lifetime = behind[chain[-1]]
        if target in chain:
            break
        chain.append(target)
        lifetimes.append(lifetime)
    return chain, lifetimes
