"""Words of the case file: sizes, moments and names as a page may safely show them."""

import html
import unicodedata

from strandwatch.domain.contract import rfc3339
from strandwatch.domain.destination import Destination
from strandwatch.domain.transfer import Transfer

_UNITS = ("kB", "MB", "GB", "TB", "PB")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def text(value: object) -> str:
    """Give a value for HTML: markup and characters that turn or hide writing are written out."""
    shown = "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _HIDDEN
        else character
        for character in str(value)
    )
    return html.escape(shown)


def moment(at_ns: int | None, otherwise: str = "still under way") -> str:
    """Give a moment to the second, in UTC."""
    return otherwise if at_ns is None else rfc3339(at_ns)[:19].replace("T", " ") + " UTC"


def size(count: int | None) -> str:
    """Give a number of bytes, with the exact number where it is shortened."""
    if count is None:
        return "unknown"
    if count < 1000:
        return f"{count} bytes"
    value, unit = count / 1000, _UNITS[0]
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{value:.3g} {unit}"


def label(word: str) -> str:
    """Give a record's label as words."""
    return word.replace("_", " ")


def between(at_least: int, at_most: int | None) -> str:
    """Give a number of persons in both bounds."""
    if at_most is None:
        return f"{at_least} or more"
    return str(at_least) if at_least == at_most else f"{at_least} to {at_most}"


def places(destination: Destination | None) -> str:
    """Give the jurisdictions of an end, `unknown` where nobody could tell."""
    codes = () if destination is None else destination.jurisdictions or destination.countries
    return ", ".join(codes) or "unknown"


def recipient(transfer: Transfer) -> str:
    """Give who received, as far as that is known: controller, name, address."""
    destination = transfer.destination
    words = [] if destination is None else [one.entity for one in destination.controllers[:1]]
    if destination is not None and destination.server_name:
        words.append(destination.server_name)
    end = transfer.flow.destination
    return ", ".join([*words, f"{end.address} port {end.port}"])


def receiver(transfer: Transfer) -> str:
    """Give who received in one name: controller, server name, else address."""
    destination = transfer.destination
    if destination is not None and destination.controllers:
        return destination.controllers[0].entity
    name = None if destination is None else destination.server_name
    return name or transfer.flow.destination.address


def program(transfer: Transfer) -> str:
    """Give the program and the account that sent."""
    process = transfer.process
    if process is None:
        return "process unknown"
    user = process.user or f"uid {process.user_id}"
    return f"{process.executable} (pid {process.key.pid}, {user})"
