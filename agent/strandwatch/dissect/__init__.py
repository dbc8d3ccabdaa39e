"""Dissect: names in packets. The only room that imports scapy; it runs in a worker of its own."""
