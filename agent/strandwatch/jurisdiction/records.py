"""Records: one reading of what address databases say, whatever shape they say it in."""

from dataclasses import dataclass

from strandwatch.domain.destination import CountryCode
from strandwatch.jurisdiction.countries import country_code


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """What a database says about an address; None is not said."""

    country: CountryCode | None = None
    registered_country: CountryCode | None = None
    asn: int | None = None
    as_name: str | None = None
    as_domain: str | None = None
    anonymiser: str | None = None
    """The kind of relay that the address is known as."""
    pseudo_country: str | None = None
    """A code in the country's place that is no country's, such as EU or AP."""


NOTHING = AddressRecord()


def record_from(raw: object) -> AddressRecord:
    """Read a raw MMDB record.

    Three shapes are in the field: nested `country.iso_code` (MaxMind, DB-IP's own file), flat
    `country_code` (IPinfo Lite, where `country` is a name; ip-location-db), and network records
    with the AS number as a number or as "AS64496". Whatever does not fit is not said.
    """
    if not isinstance(raw, dict):
        return NOTHING
    nested = raw.get("country")
    said = nested.get("iso_code") if isinstance(nested, dict) else raw.get("country_code")
    country = country_code(said)
    registered = raw.get("registered_country")
    traits = raw.get("traits")
    network = traits if isinstance(traits, dict) else raw
    return AddressRecord(
        country,
        country_code(registered.get("iso_code")) if isinstance(registered, dict) else None,
        _as_number(raw.get("asn", network.get("autonomous_system_number"))),
        _text(raw.get("as_name", network.get("autonomous_system_organization"))),
        _text(raw.get("as_domain")),
        None,
        said[:8] if country is None and isinstance(said, str) and said else None,
    )


def _as_number(value: object) -> int | None:
    if isinstance(value, str) and value[:2] == "AS" and value[2:].isdecimal():
        value = int(value[2:12])
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 32:
        return value
    return None


def _text(value: object) -> str | None:
    """Keep a name short and printable: it comes from a file and ends on a terminal."""
    if not isinstance(value, str) or not value:
        return None
    return value if value.isprintable() and len(value) <= 200 else _cleaned(value)


def _cleaned(value: str) -> str | None:
    return "".join(character for character in value[:200] if character.isprintable()) or None
