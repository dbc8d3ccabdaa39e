"""Reading a question: the host names in it that can be used, and the address the bytes go to."""

import ipaddress
import re
from collections.abc import Sequence

from strandwatch.domain.destination import Caveat, NameEvidence, SignalKind
from strandwatch.jurisdiction.addresses import (
    IpAddress,
    NormalAddress,
    normalise,
    parse,
    split_host,
)
from strandwatch.jurisdiction.conclude import Findings
from strandwatch.jurisdiction.names import UnusableNameError, normalise_name, shown
from strandwatch.jurisdiction.state import Query

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]*[g-wyzG-WYZ_-][A-Za-z0-9_.-]*")
"""A letter that no spelling of an address has, and nothing that a port or a URL has: most names."""


def usable_names(query: Query, found: Findings) -> tuple[list[str], str | None]:
    """Give the usable names, that of the wire first, and the one to show; bad ones are told.

    A Host header may hold a port, and an address in the name's place, which is no name.
    """
    names: list[str] = []
    on_wire: str | None = None
    given = [] if query.server_name is None else [query.server_name]
    for at, text in enumerate((*given, *query.canonical)):
        host, literal = _host(text)
        try:
            name = normalise_name(host) if literal is None else str(literal)
        except UnusableNameError as error:
            found.tell(SignalKind.UNUSABLE_NAME, str(error), "name")
            found.caveats.add(Caveat.UNUSABLE_NAME)
            continue
        if at < len(given):
            on_wire = name
        if literal is None and name not in names:
            names.append(name)
    if query.encrypted_hello:
        found.tell(SignalKind.ENCRYPTED_HELLO, "the name is only the outer one", "tls")
        found.caveats.add(Caveat.ENCRYPTED_HELLO)
    return names, on_wire


def _host(text: str) -> tuple[str, IpAddress | None]:
    """Give a name without its port, or the address in its place."""
    if _PLAIN_NAME.fullmatch(text):
        return text, None
    host, _ = split_host(text)
    return host, parse(host)


def target_of(
    query: Query,
    address: NormalAddress | None,
    nat64: Sequence[ipaddress.IPv6Network],
    found: Findings,
) -> NormalAddress | None:
    """Give the address that the bytes go to: behind a proxy that is not the socket's."""
    if query.name_evidence is NameEvidence.PROXY_TARGET:
        if address is not None:
            found.tell(SignalKind.SPECIAL_RANGE, f"proxy {address.text}", "proxy")
        host, _ = split_host(query.server_name or "")
        return normalise(host, nat64)
    if query.address is not None and address is None:
        found.tell(SignalKind.MISSING_DATA, f"no address: {shown(query.address)}", "input")
    if address is not None and address.unwrapped is not None:
        found.tell(SignalKind.SPECIAL_RANGE, f"inside {address.unwrapped}", "address form")
    if address is not None and address.special is not None:
        found.tell(SignalKind.SPECIAL_RANGE, address.special, "address form")
    return address
