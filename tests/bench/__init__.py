"""Benchmarks: `make bench` prints one table from one run. `python -m tests.bench [--quick] [section …]` runs a part."""
