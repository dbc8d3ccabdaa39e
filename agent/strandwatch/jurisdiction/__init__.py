"""Whose jurisdiction an address or a name is in."""
