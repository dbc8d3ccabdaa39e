"""The record: SQLite, one writer, many readers."""
