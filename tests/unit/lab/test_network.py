"""The address plan of the lab."""

import ipaddress

import maxminddb
import pytest

from strandwatch.lab.daemon import LAB_DATABASE
from strandwatch.lab.network import HOSTS, SEQUENCER, LabHost, lab_network

DOCUMENTATION = [
    ipaddress.ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


@pytest.mark.parametrize("host", [SEQUENCER, *HOSTS], ids=lambda host: host.name)
def test_every_address_is_reserved_for_documentation(host: LabHost) -> None:
    for address in filter(None, (host.address, host.address6)):
        assert any(ipaddress.ip_address(address) in network for network in DOCUMENTATION)


@pytest.mark.parametrize(
    "host", [host for host in HOSTS if host.name != "resolver"], ids=lambda host: host.name
)
def test_the_labs_database_puts_every_host_where_its_name_says(host: LabHost) -> None:
    with maxminddb.open_database(LAB_DATABASE) as database:
        for address in filter(None, (host.address, host.address6)):
            record = database.get(address)

            assert isinstance(record, dict)
            country = record["country"]
            assert isinstance(country, dict)
            assert country["iso_code"] == host.name.upper()


def test_a_lab_without_its_programs_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strandwatch.lab.programs._SYSTEM_DIRECTORIES", ())
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(Exception, match="apt install iproute2 mount util-linux"), lab_network():
        pass
