"""How fast and how completely destinations are resolved: `python bench/jurisdiction.py`.

Targets: a new destination in at most 60 microseconds (median, C reader), a million repeats a
second, at most 20 MB of private memory, no error on 100 000 random addresses in every textual form,
and every curated AS number resolved to its controller (a list in the form of the first seed may be
given as argument). The ratio is against the naive way: one country look-up through geoip2 in a
GeoLite-shaped database, which says nothing of control and nothing of doubt.
"""

import gc
import ipaddress
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import geoip2.database
import geoip2.errors
import maxminddb
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from strandwatch.domain.destination import NameEvidence
from strandwatch.jurisdiction.opening import open_resolver
from strandwatch.jurisdiction.records import record_from
from strandwatch.jurisdiction.resolve import Resolver

ADDRESSES = 100_000
NEW = 20_000
REPEATS = 200


class _Clock:
    def now_ns(self) -> int:
        return 1_795_400_000 * 10**9

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


def private_bytes() -> int:
    """Give the memory that belongs to this process alone and to no file."""
    rollup = Path("/proc/self/smaps_rollup").read_text()
    rows = {line.split(":")[0]: line.split()[1] for line in rollup.splitlines()[1:]}
    return (int(rows["Private_Dirty"]) + int(rows["Swap"])) * 1024


def median_us(ask: Callable[[str], object], addresses: Iterable[str]) -> float:
    """Give the median time of one look-up, in microseconds."""
    times = []
    for address in addresses:
        before = time.perf_counter_ns()
        ask(address)
        times.append(time.perf_counter_ns() - before)
    return statistics.median(times) / 1000


def naive_reader(folder: Path, chance: random.Random) -> geoip2.database.Reader:
    """Make a GeoLite-shaped database that knows every address, and open it."""
    writer = MMDBWriter(
        ip_version=6, ipv4_compatible=True, database_type="GeoLite2-Country", languages=["en"]
    )
    for high in range(1 << 6, 224 << 6):
        network = ipaddress.IPv4Network((high << 18, 14))
        code = chance.choice(["US", "CN", "DE", "HK", "GB"])
        country = {"iso_code": code, "geoname_id": 1, "names": {"en": code}}
        writer.insert_network(
            IPSet([str(network)]), {"country": country, "registered_country": country}
        )
    writer.to_db_file(str(folder / "naive.mmdb"))
    return geoip2.database.Reader(folder / "naive.mmdb")


def naive_look_up(reader: geoip2.database.Reader) -> Callable[[str], str | None]:
    """Give the naive way as most programs have it."""

    def look_up(address: str) -> str | None:
        try:
            return reader.country(address).country.iso_code
        except geoip2.errors.AddressNotFoundError:
            return None

    return look_up


def public_ipv4(chance: random.Random) -> str:
    """Give a random address below the multicast range."""
    return str(ipaddress.IPv4Address(chance.randrange(1 << 24, 224 << 24)))


def forms(chance: random.Random) -> Iterable[str]:
    """Give one random address in one of its textual forms."""
    v4 = ipaddress.IPv4Address(chance.getrandbits(32))
    v6 = ipaddress.IPv6Address(chance.getrandbits(128))
    yield str(v4)
    yield f"::ffff:{v4}"
    yield str(ipaddress.IPv6Address(0xFFFF_0000_0000 | int(v4)))
    yield str(int(v4))
    yield hex(int(v4))
    yield str(ipaddress.IPv6Address((0x2002 << 112) | (int(v4) << 80) | 1))
    yield f"64:ff9b::{v4}"
    yield v6.compressed
    yield v6.exploded
    yield v6.exploded.upper()
    yield f"[{v6.compressed}]"
    yield f"{v6.compressed}%eth0"


def check_forms(resolver: Resolver) -> tuple[int, int]:
    """Resolve many addresses in all forms; count those asked, and errors or wrong forms."""
    chance = random.Random(5)
    asked = wrong = 0
    while asked < ADDRESSES:
        plain = None
        for at, text in enumerate(forms(chance)):
            answer = resolver.resolve(text)
            asked += 1
            if at < 7:
                plain = plain or answer.address
                wrong += answer.address != plain
            else:
                wrong += answer.address is None or ipaddress.ip_address(answer.address) is None
    return asked, wrong


def wanted_owners(resolver: Resolver, seed: Path | None) -> dict[int, tuple[str, str]]:
    """Give AS numbers with their controller and its country, from the lists or from a seed."""
    if seed is None:
        rows = resolver.state.owners.rows()
        return {network.asn: (entity.name, entity.country) for entity, network in rows}
    owners = json.loads(seed.read_text())["owners"]
    return {row["asn"]: (row["controller"], row["jurisdiction"]) for row in owners}


def check_owners(resolver: Resolver, wanted: dict[int, tuple[str, str]]) -> tuple[int, int]:
    """Resolve every AS number, by an address of it where the data has one; count the right ones."""
    primary = next(aged.database for aged in resolver.databases if aged.database.kind == "primary")
    examples: dict[int, str] = {}
    with maxminddb.open_database(primary.path) as reader:
        for network, raw in reader:
            number = record_from(raw).asn
            if number in wanted:
                examples.setdefault(number, str(network.network_address))
    found = 0
    for asn, controller in wanted.items():
        answer = (
            resolver.resolve(examples[asn]) if asn in examples else resolver.resolve_network(asn)
        )
        named = {(one.entity, one.country) for one in answer.controllers}
        found += controller in named
        if controller not in named:
            print(f"  AS{asn}: {controller} is not among {sorted(named)}")
    return found, len(examples)


def measure_speed(resolver: Resolver, naive: Callable[[str], object]) -> None:
    """Measure new destinations, with and without a name, and repeats."""
    chance = random.Random(2)
    fresh = [public_ipv4(chance) for _ in range(NEW)]
    ours = median_us(lambda address: resolver.resolve(address, port=443), fresh)
    theirs = median_us(naive, fresh)
    times = ours / theirs
    print(f"new destination           {ours:.1f} us (target 60)")
    print(f"  the naive way           {theirs:.1f} us: ours costs {times:.1f} times as much")
    named = median_us(
        lambda address: resolver.resolve(
            address,
            server_name="bucket.oss-us-west-1.aliyuncs.com",
            name_evidence=NameEvidence.SNI,
            canonical=("a.example.org",),
        ),
        [public_ipv4(chance) for _ in range(NEW)],
    )
    print(f"new destination and names {named:.1f} us")
    repeated = fresh[:2_000]
    for address in repeated:
        resolver.resolve(address, port=443)
    started = time.perf_counter()
    for _ in range(REPEATS):
        for address in repeated:
            resolver.resolve(address, port=443)
    rate = REPEATS * len(repeated) / (time.perf_counter() - started)
    times = rate * theirs / 1e6
    print(f"repeats                   {rate / 1e6:.2f} M/s (target 1), {times:.0f} times the naive")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        naive = naive_look_up(naive_reader(folder, random.Random(1)))
        open_resolver(cache_directory=folder, clock=_Clock())
        gc.collect()
        before = private_bytes()
        started = time.perf_counter()
        resolver = open_resolver(cache_directory=folder, clock=_Clock())
        print(f"open, already expanded    {time.perf_counter() - started:.2f} s")
        measure_speed(resolver, naive)
        gc.collect()
        print(f"private memory added      {(private_bytes() - before) / 1e6:.1f} MB (target 20)")
        asked, wrong = check_forms(resolver)
        print(f"textual forms             {asked} asked, {wrong} wrong (target 0)")
        wanted = wanted_owners(resolver, Path(sys.argv[1]) if len(sys.argv) > 1 else None)
        found, by_address = check_owners(resolver, wanted)
        print(f"owners                    {found} of {len(wanted)}, {by_address} by an address")


if __name__ == "__main__":
    main()
