"""Prometheus metrics: what Redis knows, in Prometheus' text format. `flatiron metrics` and `flatiron web` serve it."""
