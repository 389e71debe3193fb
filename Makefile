# Everything runs in a virtual environment inside the checkout: no system package, no root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests wait for processes more than they compute; a file's tests stay together, and share what they start. In the order
# of the folders: what bakes for real comes first, or one process would end the run alone.
TEST_PROCESSES ?= 4
IN_PARALLEL := --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

.PHONY: demo test check drills chaos soak proof bench bench-poll bench-scale bench-panel pictures clean chromium

demo: $(VENV)/.demo
	$(BIN)/flatiron demo

test: $(VENV)/.test chromium
	$(BIN)/python -m pytest tests --ignore tests/chaos --ignore tests/drills $(IN_PARALLEL)

# What docs/when-it-breaks.md says, tried for real.
drills: $(VENV)/.test
	$(BIN)/python -m pytest tests/drills $(IN_PARALLEL)

# Faults of every kind against a private stack, and a checker that shares no code with it.
chaos: $(VENV)/.test
	$(BIN)/python -m pytest tests/chaos --override-ini faulthandler_timeout=0

# The same for longer, with fewer faults, to see whether anything grows. A night: make soak SOAK_MINUTES=480
SOAK_MINUTES ?= 10
soak: $(VENV)/.test
	@mkdir -p build
	$(BIN)/flatiron chaos --soak --minutes $(SOAK_MINUTES) --seed $(SEED) --report build/soak.json --evidence build/soak-evidence

# What docs/chaos.md was made by; goes on where it was interrupted. Exit code 1 if any run shows a fault.
SEED ?= 1
proof: $(VENV)/.test
	@mkdir -p build
	$(BIN)/flatiron chaos --jobs 150 --seed $(SEED) --seeds 14 --report build/chaos.json --evidence build/chaos-evidence

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

# The job pages are tested in a real browser, which is the one thing here that pip cannot bring.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -qq --no-install-recommends chromium >/dev/null; } || \
	  echo "No Chromium on PATH: the tests of the job pages will fail. On Debian: apt install chromium" >&2

bench: $(VENV)/.bench
	$(BIN)/python -m tests.benchmarks

bench-poll: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.poll

bench-scale: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.scale

bench-panel: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.panel

$(VENV)/.bench: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

pictures: $(VENV)/.test chromium
	$(BIN)/python docs/pictures/make_pictures.py
	$(BIN)/python docs/pictures/panel_pictures.py
	PYTHONPATH=. $(BIN)/python docs/pictures/web_pictures.py

clean:
	rm -rf $(VENV) build *.egg-info
