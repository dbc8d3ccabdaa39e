"""strandwatch: which genomic bytes left this machine, by whom, and under whose jurisdiction."""

__version__ = "0.1.0"
