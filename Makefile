# OneWindow (一窗). `make` lists the targets.
SHELL := /bin/sh
BIN := .venv/bin
.DEFAULT_GOAL := help
PACKAGES := { echo "Python's packages could not be installed (why: above). Without a way to pypi.org, name a mirror in PIP_INDEX_URL." >&2; exit 1; }

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/installed: pyproject.toml deploy/setup/python.sh
	@python="$$(sh deploy/setup/python.sh)" || exit 1; \
	echo "Setting up .venv (a minute or two, the first time)..."; \
	"$$python" -m venv .venv && $(BIN)/python -m pip install -q --disable-pip-version-check -e . || $(PACKAGES); \
	touch $@

.venv/installed-tests: .venv/installed
	@echo "Installing what the tests need..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test]' || $(PACKAGES)
	@# Its schema of compose files is all we want of it, and its own dependencies are too old to be installed.
	@$(BIN)/python -m pip download -q --disable-pip-version-check --no-deps -d var/compose docker-compose==1.29.2 || $(PACKAGES)
	@touch $@

setup: .venv/installed ## make .venv with everything that running needs
	@$(BIN)/onewindow assets

run: setup ## start all services on http://127.0.0.1:8000 (data in var/, Ctrl-C stops)
	@$(BIN)/onewindow run

demo: setup ## play a simulated month, so that every page has something to show
	@$(BIN)/onewindow demo

up: machine setup ## start the distributed deployment as plain processes: Kafka, PostgreSQL, one process per service, nginx
	@$(BIN)/onewindow up

down: setup ## stop what `make up` started
	@$(BIN)/onewindow down

machine:
	@sh deploy/setup/test-machine.sh

lint: .venv/installed-tests
	@$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q . && $(BIN)/mypy && $(BIN)/lint-imports

check: lint ## the fast part: format, lint, types, imports, tests of contracts, domains and services on SQLite
	@$(BIN)/pytest -n 2 --hypothesis-profile=fast -m "not browser and not connected and not slow" tests/contracts tests/domain tests/services

test: machine setup .venv/installed-tests lint ## install what it needs and run all checks and tests
	@# Where the machine has no npm, `onewindow assets` brought one into .venv.
	@cd tests/contracts/asyncapi && export PATH="$$PATH:$(CURDIR)/$(BIN)" && if command -v npm >/dev/null; then npm ci --ignore-scripts --no-audit --no-fund --silent; fi
	@$(BIN)/pytest -n 2 -ra --ignore=tests/faults
	@$(BIN)/pytest -ra tests/faults

bench: machine setup .venv/installed-tests ## measure beside the floors, print, and write docs/benchmarks.md; ONLY="P1 P8" measures no more than these, ROUNDS=1 once
	@$(BIN)/python -m tests.bench $(ONLY)

soak: machine setup .venv/installed-tests ## let real processes work for MINUTES (default 5) and tell whether their memory is flat
	@$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),5)

format: .venv/installed-tests ## format the code
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

realm: .venv/installed ## write deploy/keycloak/realm.json anew from the sample accounts
	@$(BIN)/python -m services.console.realm_document

contracts: .venv/installed ## write AsyncAPI and JSON Schema anew from the registry
	@$(BIN)/python -m contracts.document

rules: .venv/installed ## write docs/rules.md anew from the rules of supervision
	@$(BIN)/python -m services.console.rules_document

clean: ## take away .venv and var
	rm -rf .venv var

.PHONY: help setup run demo up down machine lint check test bench soak format contracts rules realm clean
