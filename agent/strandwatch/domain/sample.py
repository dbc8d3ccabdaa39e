"""A sample: one person's material, known only by a keyed hash."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SampleKey:
    """Keyed BLAKE2b of (scope, sample name) as 32 hex digits; the name itself is never kept.

    The scope is the set within which the name means one person: a project or a run.
    """

    digest: str
    name_digest: str = ""
    """Keyed hash of the name without its scope, equal in every scope; empty when not known.

    Two keys with one name digest may be one person (a lower bound counts them once) or two (an
    upper bound counts them twice).
    """


@dataclass(frozen=True, slots=True)
class PersonCount:
    """How many distinct persons at least, and at most; None is unbounded."""

    at_least: int
    at_most: int | None


NO_PERSONS = PersonCount(0, 0)
UNKNOWN_PERSONS = PersonCount(0, None)
