"""The page frame."""

from strandwatch.report.page import page, table


def test_a_page_allows_nothing_to_be_loaded() -> None:
    text = page("A <title>", ["<p>x</p>"])

    assert "default-src 'none'" in text
    assert "A &lt;title&gt;" in text


def test_tables_say_when_they_are_empty_and_may_be_dense() -> None:
    assert "None." in table(("A",), [])
    assert '<table class="dense">' in table(("A",), [("b",)], dense=True)
