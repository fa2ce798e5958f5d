# Everything a newcomer needs is one of: make demo, make test. `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The lists are whole: without --no-deps an older pip looks at newer releases that no hash allows, and gives up.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --no-deps
PIP_COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --strip-extras --allow-unsafe --no-header
CHECKED := fundmgmt applications disbursements evaluation tests manage.py
# Set DEMO_PORT to ask for another port.
DEMO_PORT ?= 8000
# Say which tests, or how: make test ARGS="tests/house -x"
ARGS ?=

.DEFAULT_GOAL := help
LINTS := lint-style lint-types lint-floors lint-pages lint-django
.PHONY: help demo demo-reset test lint $(LINTS) format bench torture pins docs clean

help:  ## Say what each command does
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 demo")'
	@echo "· making a Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run-ready: requirements.txt | $(VENV)/bin/python
	@echo "· installing what the system needs to run (pinned, with hashes)"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev-ready: requirements-dev.txt requirements-spec.txt | $(VENV)/bin/python
	@echo "· installing what the tests need (pinned, with hashes)"
	@$(PIP) -r requirements-dev.txt -r requirements-spec.txt
	@touch $@ $(VENV)/run-ready

demo: $(VENV)/run-ready  ## Start the system with its sample fund; Ctrl-C stops it, a second start keeps the data
	@$(BIN)/python manage.py demo --port $(DEMO_PORT)

demo-reset:  ## Throw the demonstration's data away; the next `make demo` starts over
	@rm -rf var/demo && echo "The demonstration's data is gone. The next 'make demo' starts over."

test: $(VENV)/dev-ready  ## Run the whole suite; what is skipped is named with the command that installs it
	@$(BIN)/python -m pytest -n auto $(if $(ARGS),$(ARGS),--every-edge=fail --cov --cov-report=term:skip-covered --cov-fail-under=85)

lint: $(LINTS)  ## Check style, types, floor plan, templates, settings

lint-style: $(VENV)/dev-ready
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)

lint-types: $(VENV)/dev-ready
	$(BIN)/mypy

lint-floors: $(VENV)/dev-ready
	$(BIN)/lint-imports --no-cache

lint-pages: $(VENV)/dev-ready
	$(BIN)/djlint --quiet --check templates
	$(BIN)/djlint --quiet --lint templates

lint-django: $(VENV)/dev-ready
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(VENV)/dev-ready  ## Lay out code and templates
	$(BIN)/ruff check --fix --quiet $(CHECKED) || true
	$(BIN)/ruff format $(CHECKED)
	$(BIN)/djlint --quiet --reformat templates || true

bench: $(VENV)/dev-ready  ## Measure every main page with 1,000, 10,000 and 100,000 applications
	@$(BIN)/python -m tests.bench $(ARGS)

torture: $(VENV)/dev-ready  ## Pay 10,000 times while everything is killed, on SQLite and PostgreSQL (ARGS="--payments 300")
	@$(BIN)/python -m tests.torture $(ARGS)

docs: $(VENV)/run-ready  ## Write the generated parts of docs/ again
	$(BIN)/python manage.py machines --write
	$(BIN)/python manage.py doors --write
	$(BIN)/python manage.py describe_settings --write

UPGRADE ?= --upgrade
pins: $(VENV)/dev-ready  ## Pin every dependency again, with hashes (UPGRADE= keeps what is pinned)
	$(PIP_COMPILE) $(UPGRADE) --output-file requirements.txt pyproject.toml
	$(PIP_COMPILE) $(UPGRADE) --extra production --constraint requirements.txt \
		--output-file requirements-production.txt pyproject.toml
	$(PIP_COMPILE) $(UPGRADE) --extra production --extra dev --constraint requirements-production.txt \
		--output-file requirements-dev.txt pyproject.toml

clean:  ## Remove what the commands above made, except data
	rm -rf $(VENV) node_modules staticfiles htmlcov build .coverage .coverage.* .mypy_cache .ruff_cache \
		.pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
