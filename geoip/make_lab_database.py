"""Writes lab.mmdb, the address plan of the laboratory: python geoip/make_lab_database.py.

The shape is GeoIP2-Country with the network's traits, so that the geoip2 library reads it too. All
prefixes and AS numbers are reserved for documentation (RFC 5737, RFC 3849, RFC 5398).
"""

import time
from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

BUILD_EPOCH = 1_795_392_000  # 2026-11-23: fixed, so that the file is the same every time

NAMES = {
    "CN": "China",
    "DE": "Germany",
    "HK": "Hong Kong",
    "RU": "Russia",
    "TW": "Taiwan",
    "US": "United States",
}
PLAN = (
    ("203.0.113.0/25", "CN", 64496, "Lab network in China"),
    ("203.0.113.128/26", "RU", 64497, "Lab network in Russia"),
    ("203.0.113.192/26", "HK", 64498, "Lab network in Hong Kong"),
    ("198.51.100.0/25", "US", 64499, "Lab network in the United States"),
    ("198.51.100.128/26", "TW", 64500, "Lab network in Taiwan"),
    ("198.51.100.192/26", "DE", 64501, "Lab network in Germany"),
    ("192.0.2.0/24", "US", 64502, "Lab machine"),
    ("2001:db8:c::/48", "CN", 64496, "Lab network in China"),
    ("2001:db8:a::/48", "US", 64499, "Lab network in the United States"),
)


def main() -> None:
    """Write the file beside this script."""
    writer = MMDBWriter(
        ip_version=6,
        ipv4_compatible=True,
        database_type="GeoIP2-Country-Lab",
        languages=["en"],
        description="Address plan of the strandwatch laboratory",
    )
    for prefix, code, asn, organisation in PLAN:
        country = {"iso_code": code, "names": {"en": NAMES[code]}}
        traits = {
            "autonomous_system_number": asn,
            "autonomous_system_organization": organisation,
        }
        record = {"country": country, "registered_country": country, "traits": traits}
        writer.insert_network(IPSet([prefix]), record)
    time.time = lambda: BUILD_EPOCH  # the library stamps the file with the clock
    writer.to_db_file(str(Path(__file__).parent / "lab.mmdb"))


if __name__ == "__main__":
    main()
