"""Country codes: which two letters are a country, and which only look like one."""

from strandwatch.domain.country import COUNTRY_CODES
from strandwatch.domain.destination import CountryCode

COUNTRIES_OF_CONCERN = frozenset({"CN", "HK", "MO", "RU", "IR", "CU", "KP", "VE"})
"""28 CFR 202.601 as of 2026-04-05; by 202.208 China includes Hong Kong and Macau. Not Taiwan."""


def country_code(value: object) -> CountryCode | None:
    """Give the code in upper case, or None for anything that is not a country's.

    Databases also write EU, AP, AN, CS, UK, ZZ, A1, -- and ??: those are no countries, and what is
    behind them is unknown, never clean.
    """
    if not isinstance(value, str):
        return None
    if value in COUNTRY_CODES:
        return value
    code = value.strip().upper()
    return code if code in COUNTRY_CODES else None
