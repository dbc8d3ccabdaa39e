from pathlib import Path

from strandwatch.domain.destination import SignalKind
from strandwatch.jurisdiction.databases import open_database
from strandwatch.jurisdiction.state import SignalPool
from support.address_data import a_file, country_record, write_database


def test_the_same_fact_is_one_object_and_the_pool_stays_bounded(tmp_path: Path) -> None:
    path = write_database(tmp_path / "c.mmdb", {"203.0.113.0/24": country_record("CN")})
    database = open_database(a_file(path))
    pool = SignalPool()

    first = pool.said(SignalKind.ADDRESS_COUNTRY, "CN", database)
    second = pool.said(SignalKind.ADDRESS_COUNTRY, "CN", database)
    for number in range(25_000):
        pool.said(SignalKind.NETWORK_OWNER, f"AS{number}", database)

    assert first is second
    assert len(pool) <= 20_000
