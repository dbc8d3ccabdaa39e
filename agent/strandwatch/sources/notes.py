"""Notes of sources: short, whatever there is to say."""

from collections.abc import Sequence

_NAMED = 3


def few(items: Sequence[str]) -> str:
    """Join the first few items and say how many more there are."""
    named = "; ".join(items[:_NAMED])
    return f"{named}; and {len(items) - _NAMED} more" if len(items) > _NAMED else named
