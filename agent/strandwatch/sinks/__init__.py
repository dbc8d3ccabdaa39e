"""Telling: one module per kind of destination for alerts."""
