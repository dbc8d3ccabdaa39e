"""A deletion by policy: what went, so that the chain can tell it from what was taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """Records of one kind that were deleted because they were old."""

    at_ns: int
    kind: str
    before_ns: int
    """All of them had last changed before this moment."""
    spans: tuple[tuple[int, int], ...]
    """Their numbers in the chain, first and last of each run."""
