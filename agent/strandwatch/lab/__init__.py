"""Hosts in network namespaces with known traffic, for demo, tests and benchmarks."""
