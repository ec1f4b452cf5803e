# What a developer runs. `make` alone lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# uv does not read pip's configuration: hand over the index and the certificates that pip uses here, where they are set.
INDEX = $(or $(UV_DEFAULT_INDEX),$(PIP_INDEX_URL),$(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null))
CERTIFICATES = $(or $(SSL_CERT_FILE),$(PIP_CERT))
UV = $(if $(INDEX),UV_DEFAULT_INDEX="$(INDEX)") $(if $(CERTIFICATES),SSL_CERT_FILE="$(CERTIFICATES)") \
	VIRTUAL_ENV="$(CURDIR)/$(VENV)" UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip
# Byte code is compiled at install: where PYTHONDONTWRITEBYTECODE is set, boto3 would be compiled at every start.
INSTALL = $(UV) install --quiet --compile-bytecode

.DEFAULT_GOAL := help
.PHONY: help setup
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/uv: requirements/uv.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r $<
	@touch $@

$(VENV)/.setup: $(BIN)/uv requirements/dev.txt pyproject.toml
	$(INSTALL) --require-hashes -r requirements/dev.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.setup ## make .venv: runtime, local service and development tools
