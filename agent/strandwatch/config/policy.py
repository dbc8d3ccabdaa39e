"""Loading the policy: regimes as TOML files, embedded or the operator's, read strictly."""

import difflib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from strandwatch.config.lines import OptionPath, line_of, lines_of
from strandwatch.config.policy_models import AuthorisationConfig, DatasetConfig, PolicyConfig
from strandwatch.config.sanctioned import sanctioned
from strandwatch.config.section import CountryOption
from strandwatch.config.toml_file import build, parse_toml
from strandwatch.core.rehearsal import Case, day_ns
from strandwatch.domain.alert import Severity, Verdict
from strandwatch.domain.file import Category, Species
from strandwatch.domain.regime import (
    Authorisation,
    Clock,
    Combining,
    Dataset,
    Effect,
    Policy,
    Regime,
    Threshold,
    Verified,
)
from strandwatch.errors import ConfigurationError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _ThresholdFile(_Strict):
    category: Annotated[Category, Field(strict=False)]
    more_than: Annotated[int, Field(ge=0)]
    citation: str
    verified: Annotated[Verified, Field(strict=False)] = Verified.TEXT
    effective_from: date | None = None
    effective_to: date | None = None


class _ClockFile(_Strict):
    id: str
    title: str
    hours: Annotated[int, Field(ge=1)]
    starts: str
    citation: str


class _CombinedFile(_Strict):
    mode: Annotated[Combining, Field(strict=False)]
    citation: str


class _TestFile(_Strict):
    name: str
    to: CountryOption | None = None
    controller: str | None = None
    category: Annotated[Category, Field(strict=False)]
    persons: Annotated[int, Field(ge=1)]
    species: Annotated[Species, Field(strict=False)] = Species.HUMAN
    on: date | None = None
    expect: Annotated[Verdict, Field(strict=False)]
    severity: Annotated[Severity | None, Field(strict=False)] = None


class _RegimeFile(_Strict):
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: str
    citation: str
    effective_from: date
    effective_to: date | None = None
    verified: Annotated[Verified, Field(strict=False)] = Verified.TEXT
    disposition: str = "review"
    countries: Annotated[tuple[CountryOption, ...], Field(strict=False)] = ()
    not_countries: Annotated[tuple[CountryOption, ...], Field(strict=False)] = ()
    entities: Annotated[tuple[str, ...], Field(strict=False)] = ()
    thresholds: Annotated[tuple[_ThresholdFile, ...], Field(strict=False)] = ()
    window_months: Annotated[int, Field(ge=1, le=1200)] = 12
    count_unknown_species: bool = True
    ceiling: Annotated[Severity, Field(strict=False)] = Severity.CRITICAL
    effect: Annotated[Effect, Field(strict=False)] = Effect.JUDGE
    combined: _CombinedFile | None = None
    clocks: Annotated[tuple[_ClockFile, ...], Field(strict=False)] = ()
    tests: Annotated[tuple[_TestFile, ...], Field(strict=False)] = ()


_DECLARED = {"datasets", "authorisations", "legal_entity", "sanctioned"}


@dataclass(frozen=True, slots=True)
class LoadedRegime:
    """A regime with the cases that its file says it must pass."""

    regime: Regime
    cases: tuple[Case, ...]
    name: str
    """What messages call the file."""
    text: str


def load_policy(config: PolicyConfig) -> Policy:
    """Give the regimes that are on; raises ConfigurationError that names every bad option."""
    digest = hashlib.blake2b(digest_size=32)
    loaded = load_regimes(config)
    declared = config.model_dump_json(include=_DECLARED)
    for text in (*(one.text for one in loaded), declared):
        digest.update(len(text).to_bytes(8, "big") + text.encode())
    return Policy(
        tuple(one.regime for one in loaded),
        digest.hexdigest(),
        datasets=tuple(_dataset(one) for one in config.datasets),
        authorisations=(
            *(_authorisation(one) for one in config.authorisations),
            *sanctioned(config.sanctioned, [one.regime for one in loaded]),
        ),
        legal_entity=config.legal_entity,
    )


def load_regimes(config: PolicyConfig) -> tuple[LoadedRegime, ...]:
    """Give the regimes that are on with their own tests; raises like `load_policy`."""
    problems: list[str] = []
    loaded = []
    for regime_id in config.regimes:
        try:
            text, name = _text_of(regime_id, config)
            loaded.append(_regime(regime_id, name, text))
        except ConfigurationError as error:
            problems.extend(error.problems)
    problems += _unknown_names(config)
    if problems:
        raise ConfigurationError(tuple(problems))
    return tuple(loaded)


def known_regimes(config: PolicyConfig) -> tuple[str, ...]:
    """Give the ids of all regimes that could be on."""
    return tuple(sorted(_known(config)))


def _unknown_names(config: PolicyConfig) -> list[str]:
    datasets = {one.name for one in config.datasets}
    known = _known(config)
    return [
        f"policy.authorisations: {one.id}: no {kind} {name!r}"
        for one in config.authorisations
        for kind, names, all_ in (
            ("data set", one.datasets, datasets),
            ("regime", one.regimes, known),
        )
        for name in names
        if name not in all_
    ]


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


def _known(config: PolicyConfig) -> set[str]:
    return {
        file.name.removesuffix(".toml")
        for folder in _folders(config)
        if folder.is_dir()
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }


def _near(regime_id: str, config: PolicyConfig) -> str:
    known = sorted(_known(config))
    near = difflib.get_close_matches(regime_id, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"


def _regime(regime_id: str, name: str, text: str) -> LoadedRegime:
    file = build(_RegimeFile, parse_toml(name, text), name=name, text=text)
    problems = [*_identity(file, regime_id), *_dates(file)]
    if problems:
        lines = lines_of(text)
        raise ConfigurationError(
            tuple(f"{name}:{line_of(lines, path) or 1}: {words}" for path, words in problems)
        )
    regime = Regime(
        id=file.id,
        title=file.title,
        citation=file.citation,
        effective_from=file.effective_from.isoformat(),
        effective_to=_day(file.effective_to),
        countries=frozenset(file.countries),
        entities=frozenset(file.entities),
        thresholds=tuple(_threshold(row) for row in file.thresholds),
        window_months=file.window_months,
        count_unknown_species=file.count_unknown_species,
        not_countries=frozenset(file.not_countries),
        ceiling=file.ceiling,
        effect=file.effect,
        combining=Combining.OFF if file.combined is None else file.combined.mode,
        combining_citation="" if file.combined is None else file.combined.citation,
        disposition=file.disposition,
        verified=file.verified,
        clocks=tuple(Clock(**row.model_dump()) for row in file.clocks),
    )
    return LoadedRegime(regime, tuple(_case(row, file) for row in file.tests), name, text)


_Problem = tuple[OptionPath, str]


def _identity(file: _RegimeFile, regime_id: str) -> Iterator[_Problem]:
    if file.id != regime_id:
        yield ("id",), f"id: should be the file's name, not {file.id!r}"
    if file.countries and file.not_countries:
        yield ("not_countries",), "not_countries: cannot stand beside countries"
    if not (file.countries or file.not_countries or file.entities):
        yield ("id",), "countries, not_countries or entities: one of them must name recipients"


def _dates(file: _RegimeFile) -> Iterator[_Problem]:
    """Find times that end before they begin, and thresholds of one category at one time."""
    if file.effective_to is not None and file.effective_to < file.effective_from:
        yield ("effective_to",), "effective_to: is before effective_from"
    for number, row in enumerate(file.thresholds):
        first, last = _span(row)
        if last < first:
            yield ("thresholds", number, "effective_to"), "effective_to: is before effective_from"
        for other in file.thresholds[:number]:
            begin, end = _span(other)
            if other.category is row.category and first <= end and begin <= last:
                words = f"thresholds[{number}]: overlaps another of {row.category.value}"
                yield ("thresholds", number), words


def _span(row: _ThresholdFile) -> tuple[date, date]:
    return row.effective_from or date.min, row.effective_to or date.max


def _threshold(row: _ThresholdFile) -> Threshold:
    return Threshold(
        category=row.category,
        more_than=row.more_than,
        citation=row.citation,
        verified=row.verified,
        effective_from=_day(row.effective_from) or "",
        effective_to=_day(row.effective_to),
    )


def _case(row: _TestFile, file: _RegimeFile) -> Case:
    on = row.on or file.effective_from
    return Case(
        name=row.name,
        to=row.to,
        category=row.category,
        persons=row.persons,
        at_ns=day_ns((on - date(1970, 1, 1)).days),
        expect=row.expect,
        severity=row.severity,
        controller=row.controller,
        species=row.species,
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _dataset(config: DatasetConfig) -> Dataset:
    return Dataset(
        name=config.name,
        paths=config.paths,
        runs=config.runs,
        categories=frozenset(config.categories),
    )


def _authorisation(config: AuthorisationConfig) -> Authorisation:
    days = {"valid_from": config.valid_from.isoformat(), "valid_to": config.valid_to.isoformat()}
    return Authorisation(**{**config.model_dump(), **days})
