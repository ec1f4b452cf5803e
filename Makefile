# What a developer runs. `make` alone lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EMULATOR := build/emulator
AUDIT := build/audit
PEERS := build/peers
PEER_NAMES := dbos durable moto prefect restate
NPM ?= npm

# uv does not read pip's configuration: it gets the index and the certificates that pip has here.
INDEX = $(or $(UV_DEFAULT_INDEX),$(PIP_INDEX_URL),$(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null))
CERTIFICATES = $(or $(SSL_CERT_FILE),$(PIP_CERT))
UV = $(if $(INDEX),UV_DEFAULT_INDEX="$(INDEX)") $(if $(CERTIFICATES),SSL_CERT_FILE="$(CERTIFICATES)") \
	VIRTUAL_ENV="$(CURDIR)/$(VENV)" UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip
# Byte code is made at install: where PYTHONDONTWRITEBYTECODE is set, every start would compile boto3.
INSTALL = $(UV) install --quiet --compile-bytecode
LOCK = $(UV) compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header $(LOCKFLAGS)

# What is checked: what exists of these. The CDK app is checked once it is there, with its packages.
SOURCES = $(wildcard functions shared/seriatim tests examples bench)
TYPED = $(SOURCES) $(wildcard infra)
SETUP = $(VENV)/.setup $(if $(wildcard infra),$(VENV)/.setup-infra)
PYTEST_ARGS ?=
# The seeds are long tests that lie together: whoever is done takes some of them over.
SIDE_BY_SIDE = -n 2 --dist worksteal
SEEDS ?= 10000
FIRST_SEED ?= 0

.DEFAULT_GOAL := help
.PHONY: help setup setup-infra run test test-deploy simulate check audit lint bench bench-peers lock clean
.DELETE_ON_ERROR:

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.setup ## make .venv: the library, the local service and the development tools

setup-infra: $(VENV)/.setup-infra ## add the CDK's packages to .venv (600 MB)

run: $(VENV)/.setup ## see the main path work on this machine
	$(BIN)/python -m examples.main_path

test: $(VENV)/.setup ## run the tests (PYTEST_ARGS='-k name' for some of them)
	$(BIN)/pytest $(SIDE_BY_SIDE) $(PYTEST_ARGS)

test-deploy: $(VENV)/.setup-infra $(EMULATOR)/.setup ## run `cdk deploy` and try what it makes, on an emulator of AWS
	$(BIN)/pytest tests/deploy $(PYTEST_ARGS)

simulate: $(VENV)/.setup ## play more seeds (SEEDS=10000 FIRST_SEED=0), and every pair of crashes
	SEEDS=$(SEEDS) FIRST_SEED=$(FIRST_SEED) PAIRS_APART=1000 \
		$(BIN)/pytest $(SIDE_BY_SIDE) tests/simulation tests/unit/application/test_crashes.py

check: $(SETUP) ## lint, format, types, import rules and the lock; changes nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q tests/architecture/test_supply_chain.py

audit: $(AUDIT)/.setup ## look what is locked up among the known vulnerabilities of osv.dev (needs a network)
	for lock in runtime dev infra emulator; do \
		$(AUDIT)/bin/pip-audit --strict --disable-pip --vulnerability-service osv \
			--require-hashes --requirement requirements/$$lock.txt || exit 1; done

lint: $(VENV)/.setup ## fix what ruff can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.setup ## measure
	$(BIN)/python -m bench

bench-peers: $(VENV)/.setup $(PEER_NAMES:%=$(PEERS)/%/.setup) $(PEERS)/npm/.setup ## measure beside other engines (600 MB)
	$(BIN)/python -m bench.peers $(BENCH_ARGS)

lock: $(BIN)/uv ## pin anew what pyproject.toml asks for (LOCKFLAGS=--upgrade for the newest)
	$(LOCK) pyproject.toml --extra local --extra dev --output-file requirements/dev.txt
	$(LOCK) pyproject.toml --constraint requirements/dev.txt --output-file requirements/runtime.txt
	$(LOCK) pyproject.toml --extra infra --constraint requirements/dev.txt \
		--output-file requirements/infra.txt
	$(LOCK) requirements/emulator.in --output-file requirements/emulator.txt
	$(LOCK) requirements/audit.in --output-file requirements/audit.txt
	for peer in $(PEER_NAMES); do \
		$(LOCK) requirements/peers-$$peer.in --output-file requirements/peers-$$peer.txt || exit 1; done

clean: ## remove what was made here, .venv too
	rm -rf $(VENV) build dist cdk.out .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name node_modules -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/uv: requirements/uv.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement $<
	@touch $@

$(VENV)/.setup: $(BIN)/uv requirements/dev.txt pyproject.toml
	$(INSTALL) --require-hashes --requirement requirements/dev.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.setup-infra: $(VENV)/.setup requirements/infra.txt
	$(INSTALL) --require-hashes --requirement requirements/infra.txt
	@touch $@

# In an environment of its own: it pins another botocore than ours.
$(EMULATOR)/.setup: $(BIN)/uv requirements/emulator.txt
	$(PYTHON) -m venv $(EMULATOR)
	$(INSTALL) --python $(EMULATOR)/bin/python --require-hashes --requirement requirements/emulator.txt
	@touch $@

$(AUDIT)/.setup: $(BIN)/uv requirements/audit.txt
	$(PYTHON) -m venv --without-pip $(AUDIT)
	$(INSTALL) --python $(AUDIT)/bin/python --require-hashes --requirement requirements/audit.txt
	@touch $@

# Peers of the benchmark. One that cannot be installed is left to bench.peers, which names it.
$(PEERS)/%/.setup: requirements/peers-%.txt $(BIN)/uv
	$(PYTHON) -m venv --without-pip $(PEERS)/$*
	-$(INSTALL) --python $(PEERS)/$*/bin/python --require-hashes --requirement $< && touch $@

# Restate's server. npm takes the registry from its own configuration.
$(PEERS)/npm/.setup: bench/peers/package-lock.json
	mkdir -p $(@D)
	cp bench/peers/package.json bench/peers/package-lock.json $(@D)
	-cd $(@D) && $(NPM) ci --ignore-scripts --no-audit --no-fund && touch $(notdir $@)
