"""Sums over the record."""

from collections.abc import Iterator

import pytest

from strandwatch.errors import UsageError
from strandwatch.store.grouping import keys_of
from strandwatch.store.query import Query
from strandwatch.store.reader import Reader
from strandwatch.store.writer import SqliteWriter
from support.builders import START_NS, a_file_record, a_flow_record, a_process

DAY_NS = 86_400 * 10**9


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    path = tmp_path_factory.mktemp("grouping") / "record.db"
    writer = SqliteWriter(path)
    writer.write(
        [
            a_flow_record(1, sent_bytes=10),
            a_flow_record(2, sent_bytes=20, at_ns=START_NS + DAY_NS),
            a_flow_record(3, sent_bytes=None, countries=("US",)),
            a_flow_record(
                4, sent_bytes=5, countries=("HK", "SG"), process=a_process(executable="/bin/scp")
            ),
            a_file_record(1, path="/a"),
            a_file_record(2, path="/b"),
        ]
    )
    writer.close()
    with Reader(path) as opened:
        yield opened


def test_groups_have_counts_and_bytes_and_add_up(reader: Reader) -> None:
    groups = list(reader.grouped("flows", ["country"]))

    assert [(group["country"], group["count"], group["sent_bytes"]) for group in groups] == [
        ("CN", 2, 30),
        ("HK,SG", 1, 5),
        ("US", 1, None),
    ]
    assert (groups[0]["first_ns"], groups[0]["last_ns"]) == (START_NS, START_NS + DAY_NS)


def test_two_keys_group_together_and_filters_hold(reader: Reader) -> None:
    groups = list(reader.grouped("flows", ["process", "day"], Query(min_bytes=10)))

    assert [(group["process"], group["day"], group["count"]) for group in groups] == [
        ("/usr/bin/curl", "2026-11-19", 1),
        ("/usr/bin/curl", "2026-11-18", 1),
    ]


def test_the_limit_holds_for_groups(reader: Reader) -> None:
    assert len(list(reader.grouped("flows", ["country"], Query(limit=1)))) == 1


def test_tables_without_bytes_are_grouped_by_number(reader: Reader) -> None:
    (group,) = reader.grouped("files", ["format", "species"])

    assert group == {
        "format": "bam",
        "species": "human",
        "count": 2,
        "first_ns": START_NS,
        "last_ns": START_NS,
    }


@pytest.mark.parametrize("table", ["alerts", "transfers", "flows", "files", "processes", "losses"])
def test_every_key_that_a_table_offers_works(reader: Reader, table: str) -> None:
    for key in keys_of(table):
        list(reader.grouped(table, [key]))

    assert "day" in keys_of(table)


@pytest.mark.parametrize("keys", [["colour"], ["country", "size"], []])
def test_an_unknown_key_names_the_known_ones(reader: Reader, keys: list[str]) -> None:
    with pytest.raises(UsageError, match="country, process, user, address"):
        list(reader.grouped("flows", keys))
