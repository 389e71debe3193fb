# Everything runs in a virtual environment inside the checkout: no system package, no root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench bench-poll pictures clean

demo: $(VENV)/.demo
	$(BIN)/flatiron demo

test: $(VENV)/.test
	$(BIN)/python -m pytest tests

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Flatiron needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "This Python has no venv module. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[reference-renderer]'
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[reference-renderer,test,check]'
	@touch $@ $(VENV)/.demo

bench: $(VENV)/.bench
	$(BIN)/python -m tests.benchmarks

bench-poll: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.poll

$(VENV)/.bench: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

pictures: $(VENV)/.test
	$(BIN)/python docs/pictures/make_pictures.py

clean:
	rm -rf $(VENV) build *.egg-info
