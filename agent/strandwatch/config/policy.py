"""Loading the policy: regimes as TOML files, embedded or the operator's, read strictly."""

import difflib
import hashlib
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from strandwatch.config.models import CountryOption, PolicyConfig
from strandwatch.config.toml_file import build, parse_toml
from strandwatch.domain.file import Category
from strandwatch.domain.regime import Policy, Regime, Threshold
from strandwatch.errors import ConfigurationError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _ThresholdFile(_Strict):
    category: Literal["genomic", "transcriptomic", "epigenomic", "proteomic"]
    more_than: Annotated[int, Field(ge=0)]
    citation: str


class _RegimeFile(_Strict):
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: str
    citation: str
    effective_from: date
    effective_to: date | None = None
    countries: Annotated[tuple[CountryOption, ...], Field(strict=False)] = ()
    entities: Annotated[tuple[str, ...], Field(strict=False)] = ()
    thresholds: Annotated[tuple[_ThresholdFile, ...], Field(strict=False)] = ()
    window_months: Annotated[int, Field(ge=1, le=1200)] = 12
    count_unknown_species: bool = True


def load_policy(config: PolicyConfig) -> Policy:
    """Give the regimes that are on; raises ConfigurationError that names every bad option."""
    problems: list[str] = []
    regimes: list[Regime] = []
    digest = hashlib.blake2b(digest_size=32)
    for regime_id in config.regimes:
        try:
            text, name = _text_of(regime_id, config)
            regimes.append(_regime(regime_id, name, text))
            digest.update(len(text).to_bytes(8, "big") + text.encode())
        except ConfigurationError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigurationError(tuple(problems))
    return Policy(tuple(regimes), digest.hexdigest())


def _text_of(regime_id: str, config: PolicyConfig) -> tuple[str, str]:
    """Give a regime file's text and what messages call it."""
    for folder in _folders(config):
        file = folder / f"{regime_id}.toml"
        try:
            if file.is_file():
                return file.read_text(encoding="utf-8"), str(file)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError((f"{file}: cannot be read: {error}",)) from error
    raise ConfigurationError(
        (f"policy.regimes: no regime {regime_id!r}{_near(regime_id, config)}",)
    )


def _folders(config: PolicyConfig) -> list[Traversable]:
    return [*config.directories, resources.files("strandwatch.data") / "config" / "regimes"]


def _near(regime_id: str, config: PolicyConfig) -> str:
    known = sorted(
        {
            file.name.removesuffix(".toml")
            for folder in _folders(config)
            if folder.is_dir()
            for file in folder.iterdir()
            if file.name.endswith(".toml")
        }
    )
    near = difflib.get_close_matches(regime_id, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"


def _regime(regime_id: str, name: str, text: str) -> Regime:
    file = build(_RegimeFile, parse_toml(name, text), name=name, text=text)
    if file.id != regime_id:
        raise ConfigurationError((f"{name}: id: should be the file's name, not {file.id!r}",))
    return Regime(
        id=file.id,
        title=file.title,
        citation=file.citation,
        effective_from=file.effective_from.isoformat(),
        effective_to=file.effective_to.isoformat() if file.effective_to else None,
        countries=frozenset(file.countries),
        entities=frozenset(file.entities),
        thresholds=tuple(
            Threshold(
                category=Category(row.category), more_than=row.more_than, citation=row.citation
            )
            for row in file.thresholds
        ),
        window_months=file.window_months,
        count_unknown_species=file.count_unknown_species,
    )
