"""What files are beyond their content: the operator's data sets, and the categories that follow."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from strandwatch.domain.file import OMIC_CATEGORIES, Category, Species, could_be_omic
from strandwatch.domain.regime import Dataset, Regime
from strandwatch.domain.transfer import CarriedFile


def is_in(carried: CarriedFile, paths: Iterable[str], runs: Iterable[str]) -> bool:
    """Tell whether a file is one of these paths or globs, or of one of these runs."""
    run = None if carried.facts is None or carried.facts.run is None else carried.facts.run.run_id
    return run in tuple(runs) or any(fnmatchcase(carried.path, pattern) for pattern in paths)


def declared(carried: CarriedFile, datasets: Iterable[Dataset]) -> frozenset[Category]:
    """Give the categories that the operator has declared a file to be of."""
    return frozenset(
        category
        for dataset in datasets
        if is_in(carried, dataset.paths, dataset.runs)
        for category in dataset.categories
    )


def categories_of(
    carried: CarriedFile, regime: Regime, datasets: Iterable[Dataset]
) -> frozenset[Category]:
    """Give the categories in which a regime counts a file; none when it does not look at it."""
    said = declared(carried, datasets)
    if not could_be_omic(carried.facts) or not _counts_species(regime, carried):
        return said - OMIC_CATEGORIES
    known = frozenset() if carried.facts is None else {carried.facts.category}
    return said | known or frozenset({Category.UNKNOWN})


def _counts_species(regime: Regime, carried: CarriedFile) -> bool:
    species = Species.UNKNOWN if carried.facts is None else carried.facts.species
    if species is Species.UNKNOWN:
        return regime.count_unknown_species
    return species is not Species.NONHUMAN
