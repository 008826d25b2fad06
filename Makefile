# make run     set up whatever is missing, then serve everything on http://localhost:3000
# make test    set up whatever the tests need, then run all of them
# make lint    ruff and mypy
# make bench   measure; prints the table of docs/benchmarks
# make test-cluster    kill each part of a whole cluster under load, databases, journals and nodes; some three minutes
# make chaos   two minutes in which parts of a cluster die and hang by chance
# make bench-cluster   measure a cluster on this machine
# make demo    fill a demo tenant to look around in

BIN = .venv/bin
PYTHONS = $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
NO_PYTHON = Little Bell needs Python 3.11 or newer: install it (https://www.python.org/downloads), or name yours: make run PYTHON=/path/to/python3
NO_VENV = Python lacks its venv module: on Debian and Ubuntu, sudo apt-get install python3-venv

.PHONY: run test lint bench demo test-cluster chaos bench-cluster

run: .venv/.requirements
	@$(BIN)/python -m little_bell.web_build
	@exec $(BIN)/little-bell serve

# Three at a time: half of a test's time is waiting for a disk or for another process.
test: .venv/.requirements-dev
	@$(BIN)/python -m tests.prepare
	@$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder

lint: .venv/.requirements-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: .venv/.requirements-dev
	@$(BIN)/python -m little_bell.web_build
	@$(BIN)/python -m tests.bench

test-cluster: .venv/.requirements-dev
	@$(BIN)/python -m tests.prepare
	@$(BIN)/python -m pytest -m cluster -n 3 --dist loadfile -rP tests/cluster

chaos: .venv/.requirements-dev
	@$(BIN)/python -m tests.prepare
	@$(BIN)/python -m tests.cluster.chaos --seconds 120

bench-cluster: .venv/.requirements-dev
	@$(BIN)/python -m tests.cluster.bench

demo: .venv/.requirements
	@exec $(BIN)/little-bell demo

.venv/.made:
	@found=; for python in $(PYTHONS); do \
	  if "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	[ -n "$$found" ] || { echo "$(NO_PYTHON)" >&2; exit 1; }; \
	"$$found" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(NO_VENV)" >&2; exit 1; }; \
	"$$found" -m venv .venv
	@touch $@

.venv/.requirements: .venv/.made requirements.txt pyproject.toml
	@echo "Installing what Little Bell needs into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/.requirements-dev: .venv/.requirements requirements-dev.txt
	@echo "Installing what the tests need into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
