"""Benchmarks with targets: `make bench`, or `python -m tests.benchmarks --help`."""
