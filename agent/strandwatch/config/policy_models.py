"""The [policy] table: regimes, data sets and authorisations."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from strandwatch.config.section import ConfigPath, Section
from strandwatch.domain.file import Category


class DatasetConfig(Section):
    """Files that belong together, and what they are."""

    name: Annotated[str, Field(min_length=1)]
    """How authorisations call it."""

    paths: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Paths, with * for anything."""

    runs: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Sequencing run ids."""

    categories: Annotated[
        tuple[Annotated[Category, Field(strict=False)], ...], Field(strict=False)
    ] = ()
    """What the files also are: controlled_access, government_related, personal_health, ..."""


class AuthorisationConfig(Section):
    """Who approved which data to whom, for what, under which rule, from when to when."""

    id: Annotated[str, Field(min_length=1)]
    """Your own number for it."""

    regimes: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    """Regimes for which it holds."""

    basis: Annotated[str, Field(min_length=1)]
    """The exemption or approval that is claimed, with its number."""

    counterparties: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    """Entities, server names (with * for anything) or networks."""

    purpose: Annotated[str, Field(min_length=1)]
    """What for."""

    approved_by: Annotated[str, Field(min_length=1)]
    """Who said so."""

    valid_from: date
    """First day."""

    valid_to: date
    """Last day."""

    datasets: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Data sets that it is about; without these, paths and runs it is about all data."""

    paths: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Paths that it is about, with * for anything."""

    runs: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Sequencing runs that it is about."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self


class PolicyConfig(Section):
    """The bodies of rules that transfers are judged by."""

    regimes: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] = (
        "us-dsp",
        "us-nih-cadr",
        "us-watchlists",
    )
    """Regimes that are on; each is a file of this name, embedded or in one of the directories."""

    directories: Annotated[
        tuple[ConfigPath, ...], Field(strict=False, examples=[["/etc/strandwatch/regimes"]])
    ] = ()
    """Folders with regime files of your own; one here replaces an embedded one of the same name."""

    legal_entity: str = ""
    """The legal entity that sends from here. Counts of one legal entity can be added up over its
    servers, when they share the person key."""

    datasets: Annotated[
        tuple[DatasetConfig, ...],
        Field(
            strict=False,
            examples=[
                [{"name": "phs", "paths": ["/data/phs/*"], "categories": ["controlled_access"]}]
            ],
        ),
    ] = ()
    """What your files are beyond what their content tells."""

    authorisations: Annotated[tuple[AuthorisationConfig, ...], Field(strict=False)] = ()
    """Approvals of transfers. They lower severity, are written on the alert, and hide nothing."""

    sanctioned: Annotated[tuple[str, ...], Field(strict=False, examples=[["ncbi-sra"]])] = ()
    """Services of the catalogue (config/sanctioned.toml) that your transfers may go to under an
    allow-list of countries; about countries and entities of concern they change nothing."""
