"""The composition root: the one module that names every adapter."""
