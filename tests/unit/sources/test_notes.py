import pytest

from strandwatch.sources.notes import few


@pytest.mark.parametrize(
    ("items", "note"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a; b; c"),
        (["a", "b", "c", "d", "e"], "a; b; c; and 2 more"),
    ],
)
def test_a_note_names_few_and_counts_the_rest(items: list[str], note: str) -> None:
    assert few(items) == note
