"""Knowing files: what a file is, from a bounded part of its content."""
