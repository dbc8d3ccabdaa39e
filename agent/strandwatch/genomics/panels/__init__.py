"""K-mer panels as data: how they were made is in README.md beside them."""
