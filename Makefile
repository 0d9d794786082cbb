# From a fresh clone: `make demo` shows it at work, `make test` proves it. Needs Python 3.11 or newer, and make.

VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --quiet
INSTALL = $(PIP) install --require-hashes --only-binary :all: --requirement
INSTALL_SELF = $(PIP) install --no-deps --no-build-isolation --editable .
COMPILE = build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make lock" $(UPGRADE) requirements/build.in setup.cfg

.DEFAULT_GOAL = help
.PHONY: help demo test coverage day chaos chaos-controls crashes late outage crossings hung scale drip flood corpus contract audit lint lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.run ## play checkout to delivery against pretended systems
	@$(BIN)/carrier-backend demo

test: $(VENV)/.dev ## the whole suite, on SQLite and on PostgreSQL; ARGS="-k booking" for a part
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 $(ARGS)

coverage: $(VENV)/.dev ## the suite again, and which lines it never reached
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --cov --cov-report term $(ARGS)

day: $(VENV)/.dev ## a day of 12,500 open parcels and 2,500 bookings with a courier that counts calls; some minutes
	@$(BIN)/python -m tests.day

chaos: $(VENV)/.dev ## bookings while everything dies, three ledgers compared; within 5 minutes; ARGS="--bookings 300 --kills 100"
	@$(BIN)/python -m tests.chaos $(ARGS)

chaos-controls: $(VENV)/.dev ## defects put into a copy, one at a time, and what catches each; ARGS=list, names, or --write
	@$(BIN)/python -m tests.controls $(ARGS)

crashes: $(VENV)/.dev ## die at every crash point of a booking, a cancellation and of news, on both databases; ARGS=list for their names
	@$(BIN)/python -m tests.crashes $(ARGS)

late: $(VENV)/.dev ## 1,000 bookings whose creates and payments come after they were given up on; ARGS="--bookings 40"
	@$(BIN)/python -m tests.late $(ARGS)

outage: $(VENV)/.dev ## three days without Ingrid, 10,000 updates waiting, a driven clock; ARGS="--parcels 100"
	@$(BIN)/python -m tests.outage $(ARGS)

crossings: $(VENV)/.dev ## two clients that use the same names for everything, 2,000 runs of 50 steps; ARGS="--runs 100"
	@$(BIN)/python -m tests.machines $(ARGS)

hung: $(VENV)/.dev ## what the others' bookings take while one courier hangs; ARGS="--hanging parcel2go --pairs 1"
	@$(BIN)/python -m tests.hung $(ARGS)

scale: $(VENV)/.dev ## what operators wait for before a million shipments; ARGS="--shipments 20000 --database postgresql"
	@$(BIN)/python -m tests.scale $(ARGS)

drip: $(VENV)/.dev ## 200 callers drip their requests, and what others feel; some minutes; ARGS="--seconds 10 --drippers 50"
	@$(BIN)/python -m tests.drip $(ARGS)

flood: $(VENV)/.dev ## strangers call the webhooks 1,000 times a second, and what others feel; some minutes; ARGS="--seconds 10 --calls 200"
	@$(BIN)/python -m tests.flood $(ARGS)

lint: $(VENV)/.dev ## style, format, types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

corpus: $(VENV)/.dev ## every hostile text in every field, every odd document to every route, on both databases; ARGS="--texts 20"
	@$(BIN)/python -m tests.corpus $(ARGS)

contract: $(VENV)/.dev build/contract/bin/schemathesis ## a running service held against its own description; needs the internet once; ARGS="--max-examples 20"
	@$(BIN)/python -m tests.contract build/contract/bin/schemathesis $(ARGS)

audit: build/audit/bin/pip-audit ## known flaws of what is installed in production; asks the internet, so it is no part of lint or test
	@build/audit/bin/pip-audit --requirement requirements/run.lock --require-hashes --disable-pip --strict --progress-spinner off

lock: build/uv/bin/uv ## bring the lock files in line with setup.cfg; UPGRADE=--upgrade for the newest
	@$(COMPILE) --extra postgres --output-file requirements/run.lock
	@$(COMPILE) --extra postgres --extra dev --constraint requirements/run.lock --output-file requirements/dev.lock

clean: ## remove what the targets above have made
	rm -rf $(VENV) build carrier_backend.egg-info .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.run: requirements/run.lock setup.cfg pyproject.toml | $(BIN)/pip
	@echo "installing into $(VENV)"
	@$(INSTALL) requirements/run.lock
	@$(INSTALL_SELF)
	@touch $@

$(VENV)/.dev: requirements/dev.lock setup.cfg pyproject.toml | $(BIN)/pip
	@echo "installing into $(VENV)"
	@$(INSTALL) requirements/dev.lock
	@$(INSTALL_SELF)
	@touch $@ $(VENV)/.run

$(BIN)/pip:
	@$(call find_python) && "$$python" -m venv $(VENV)

build/uv/bin/uv:
	@$(call find_python) && "$$python" -m venv build/uv
	@build/uv/bin/python -m pip --disable-pip-version-check --no-input --quiet --quiet install uv

build/contract/bin/schemathesis: requirements/contract.in
	@$(call find_python) && "$$python" -m venv build/contract
	@build/contract/bin/python -m pip --disable-pip-version-check --no-input --quiet --quiet install --requirement $<
	@touch $@

build/audit/bin/pip-audit:
	@$(call find_python) && "$$python" -m venv build/audit
	@build/audit/bin/python -m pip --disable-pip-version-check --no-input --quiet --quiet install pip-audit

# The first Python that is new enough and can make an environment; PYTHON=... names another.
define find_python
for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 ""; do \
	if "$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; \
done; \
if [ -z "$$python" ]; then \
	echo "Python 3.11 or newer, with its venv module, is needed; found: $$(python3 --version 2>&1)" >&2; \
	exit 1; \
fi
endef
