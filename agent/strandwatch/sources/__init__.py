"""Seeing: each module turns one kernel interface into observations."""
