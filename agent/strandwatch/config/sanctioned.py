"""The catalogue of destinations that an operator may declare sanctioned, and what that means.

A sanctioned service is an authorisation for the allow-lists of countries, and for no other regime.
"""

import difflib
from collections.abc import Sequence
from datetime import date
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from strandwatch.config.toml_file import build, parse_toml
from strandwatch.domain.regime import Authorisation, Regime
from strandwatch.errors import ConfigurationError

_FOREVER = (date.min.isoformat(), date.max.isoformat())


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Service(_Strict):
    """One service and the names by which it is recognised on the wire."""

    id: str
    title: str
    names: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    source: str
    as_of: str


class _Catalogue(_Strict):
    version: Literal[1]
    service: Annotated[tuple[Service, ...], Field(strict=False)]


def catalogue() -> tuple[Service, ...]:
    """Give all services of the embedded catalogue."""
    file = resources.files("strandwatch.data") / "config" / "sanctioned.toml"
    text, name = file.read_text(encoding="utf-8"), file.name
    return build(_Catalogue, parse_toml(name, text), name=name, text=text).service


def sanctioned(ids: Sequence[str], regimes: Sequence[Regime]) -> tuple[Authorisation, ...]:
    """Give what these services mean; raises ConfigurationError for an unknown one."""
    if not ids:
        return ()
    services = {one.id: one for one in catalogue()}
    unknown = [one for one in ids if one not in services]
    if unknown:
        raise ConfigurationError(tuple(_not_there(one, sorted(services)) for one in unknown))
    allow_lists = tuple(one.id for one in regimes if one.not_countries)
    return tuple(
        Authorisation(
            id=f"sanctioned:{one}",
            regimes=allow_lists,
            basis="policy.sanctioned",
            counterparties=services[one].names,
            purpose=services[one].title,
            approved_by="the configuration",
            valid_from=_FOREVER[0],
            valid_to=_FOREVER[1],
        )
        for one in ids
    )


def _not_there(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    return f"policy.sanctioned: no service {name!r}; {hint}"
