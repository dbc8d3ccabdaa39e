"""How many records a second the store keeps: `python bench/store.py`.

The target is 20 000 records a second on two cores. The ratio
is against the same JSON appended to a plain file with one fsync per batch.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from strandwatch.core.command import FlowRecord
from strandwatch.domain.encoding import to_plain
from strandwatch.domain.flow import Direction, Endpoint, FiveTuple, FlowKey, Protocol
from strandwatch.domain.observation import FlowCounters
from strandwatch.domain.process import Process, ProcessKey
from strandwatch.store.writer import SqliteWriter

COUNT = 100_000
BATCH = 2_000
START_NS = 1_795_000_000 * 10**9


def flows(count: int) -> list[FlowRecord]:
    """Give so many different flows of one process."""
    process = Process(
        key=ProcessKey(4242, 77_000),
        parent=ProcessKey(4000, 76_000),
        started_ns=START_NS,
        executable="/usr/bin/curl",
        command=("curl", "-T", "sample.bam", "https://upload.example/x"),
        user_id=1000,
        user="alice",
    )
    first = FlowRecord(
        key=FlowKey(4026531840, 1),
        flow=FiveTuple(Protocol.TCP, Endpoint("192.0.2.10", 40_000), Endpoint("203.0.113.10", 443)),
        direction=Direction.OUTBOUND,
        opened_ns=START_NS,
        updated_ns=START_NS,
        closed_ns=None,
        ending=None,
        found_open=False,
        counters=FlowCounters(sent_bytes=1, wire_bytes=2),
        process=process,
        user_id=1000,
        server_name="upload.example",
        countries=("CN",),
        jurisdictions=("CN",),
        controllers=(),
    )
    return [
        replace(first, key=FlowKey(4026531840, number), updated_ns=START_NS + number)
        for number in range(count)
    ]


def rate(write: Callable[[list[FlowRecord]], None], records: list[FlowRecord]) -> float:
    """Give records per second of writing them in batches."""
    start = time.perf_counter()
    for number in range(0, len(records), BATCH):
        write(records[number : number + BATCH])
    return len(records) / (time.perf_counter() - start)


def main() -> None:
    """Print the rates and their ratio."""
    records = flows(COUNT)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIRECTORY")) as folder:
        writer = SqliteWriter(Path(folder) / "record.db")
        new, again = rate(writer.write, records), rate(writer.write, records)
        writer.close()
        with (Path(folder) / "plain.jsonl").open("w", encoding="utf-8") as file:

            def append(batch: list[FlowRecord]) -> None:
                file.writelines(json.dumps(to_plain(record)) + "\n" for record in batch)
                file.flush()
                os.fsync(file.fileno())

            plain = rate(append, records)
    print(f"new records      {new:10,.0f} /s   {new / plain:5.2f} of a plain file")
    print(f"newer versions   {again:10,.0f} /s   {again / plain:5.2f} of a plain file")
    print(f"plain JSON lines {plain:10,.0f} /s")


if __name__ == "__main__":
    main()
