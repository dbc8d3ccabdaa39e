"""The composition root: the one room that names every adapter. One module per process."""
