"""Filters by their effect on real records."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.destination import Controller
from strandwatch.errors import UsageError
from strandwatch.store.query import Query, in_network, matches, where
from strandwatch.store.reader import Reader
from strandwatch.store.writer import SqliteWriter
from support.builders import (
    START_NS,
    a_carried_file,
    a_destination,
    a_file_record,
    a_flow,
    a_flow_record,
    a_process,
    a_transfer,
    an_alert,
)

FLOWS = [
    a_flow_record(1, at_ns=START_NS, sent_bytes=10, server_name="Upload.Example"),
    a_flow_record(2, flow=a_flow("198.51.100.7"), at_ns=START_NS + 10, countries=("US",)),
    a_flow_record(3, flow=a_flow("2001:db8::5"), at_ns=START_NS + 20, sent_bytes=None),
    a_flow_record(
        4,
        at_ns=START_NS + 30,
        sent_bytes=99_999,
        countries=("SG", "HK"),
        process=a_process(executable="/usr/bin/rsync", user="bob"),
    ),
]
TRANSFERS = [
    a_transfer(id="t1", files=(replace(a_carried_file(), path="/runs/A/one.bam"),)),
    a_transfer(
        id="t2",
        sent_bytes=5,
        destination=replace(
            a_destination(countries=("SG",)), controllers=(Controller("Example Holding", "CN"),)
        ),
    ),
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    path = tmp_path_factory.mktemp("query") / "record.db"
    writer = SqliteWriter(path)
    writer.write([*FLOWS, *TRANSFERS, an_alert(), a_file_record(path="/runs/A/x.bam")])
    writer.close()
    with Reader(path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "cookies"),
    [
        (Query(), [4, 3, 2, 1]),
        (Query(since_ns=START_NS + 20), [4, 3]),
        (Query(until_ns=START_NS + 20), [2, 1]),
        (Query(countries=("HK", "US")), [4, 2]),
        (Query(countries=("TW",)), []),
        (Query(address="203.0.113.0/24"), [4, 1]),
        (Query(address="2001:db8::/32"), [3]),
        (Query(address="198.51.100.7"), [2]),
        (Query(address="upload.example"), [1]),
        (Query(address="*.example"), [1]),
        (Query(process="rsync"), [4]),
        (Query(process="/usr/bin/c*"), [3, 2, 1]),
        (Query(users=("bob",)), [4]),
        (Query(min_bytes=1_000), [4, 2]),
        (Query(sort="bytes"), [4, 2, 1, 3]),
        (Query(sort="bytes", limit=1), [4]),
        (Query(sort="address"), [2, 3, 4, 1]),
        (Query(users=("bob",), countries=("CN",)), []),
    ],
)
def test_flows_are_found_by_what_is_asked(reader: Reader, query: Query, cookies: list[int]) -> None:
    found = [flow.key.cookie for flow in reader.flows(query)]

    assert found == cookies
    assert query.limit is not None or reader.count("flows", query) == len(cookies)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (Query(file="one.bam"), ["t1"]),
        (Query(file="/runs/A/*.bam"), ["t2", "t1"]),
        (Query(file="*.cram"), []),
        (Query(entity="example hold"), ["t2"]),
    ],
)
def test_transfers_are_found_by_file_and_entity(
    reader: Reader, query: Query, ids: list[str]
) -> None:
    assert [transfer.id for transfer in reader.transfers(query)] == ids


def test_alerts_and_files_are_found_by_their_own_words(reader: Reader) -> None:
    assert [alert.id for alert in reader.alerts(Query(severities=("high",), states=("open",)))] == [
        "a1"
    ]
    assert list(reader.alerts(Query(states=("closed",)))) == []
    assert [file.path for file in reader.files(Query(file="x.bam", formats=("bam",)))] == [
        "/runs/A/x.bam"
    ]


@pytest.mark.parametrize(
    ("table", "query", "word"),
    [
        ("files", Query(countries=("CN",)), "country"),
        ("flows", Query(file="x"), "file"),
        ("processes", Query(min_bytes=1), "bytes"),
        ("flows", Query(states=("open",)), "state"),
    ],
)
def test_a_filter_that_a_table_cannot_answer_is_refused(
    table: str, query: Query, word: str
) -> None:
    with pytest.raises(UsageError, match=f"{table} cannot be filtered by {word}"):
        where(table, query)


def test_an_unknown_order_names_the_known_ones(reader: Reader) -> None:
    with pytest.raises(UsageError, match="known: updated, started"):
        list(reader.flows(Query(sort="colour")))


@given(st.none() | st.text(), st.text(), st.binary(), st.binary())
def test_the_functions_for_sql_take_anything(
    address: str | None, network: str, name: bytes, pattern: bytes
) -> None:
    assert in_network(address, network) in (True, False)
    assert matches(name, pattern) in (True, False)
    assert not matches(None, pattern)
