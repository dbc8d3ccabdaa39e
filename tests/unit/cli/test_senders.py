"""Columns about who sent how much to where."""

import pytest

from strandwatch.cli.senders import destination_columns, sender_columns


@pytest.mark.parametrize(
    ("destination", "country", "host"),
    [
        (
            {"jurisdictions": ["CN"], "countries": ["SG"], "server_name": "a.example"},
            "CN",
            "a.example",
        ),
        ({"jurisdictions": [], "countries": ["SG"], "address": "192.0.2.1"}, "SG", "192.0.2.1"),
        ({"address": "192.0.2.1"}, "?", "192.0.2.1"),
    ],
)
def test_a_destination_is_shown_by_what_decides(
    destination: dict[str, object], country: str, host: str
) -> None:
    to, where = destination_columns("there")

    assert to.show(to.of({"there": destination})) == country
    assert where.of({"there": destination}) == host


def test_a_process_that_nobody_knows_is_a_question_mark() -> None:
    user, program, pid = sender_columns("process")

    assert user.show(user.of({"process": None})) == "?"
    assert program.show(program.of({"process": None})) == "?"
    assert pid.of({"process": None}) is None
