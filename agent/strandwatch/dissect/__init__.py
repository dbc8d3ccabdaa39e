"""Names from packet bytes, with scapy; the only room that imports it."""
