# What people do with the site; `make` alone lists it. Needs Python 3.11 or newer and nothing else.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name) 2>/dev/null)))
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

# Settings under which the checks run as they would in production, without a secret in any file.
PRODUCTION_LIKE := SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	ALLOWED_HOSTS=localhost DEBUG=0 TLS=1

# One lock for every platform, with no address of a registry in it.
LOCK_OPTIONS := --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

# Only sms/ and templates/ speak to people.
MESSAGES_NOT_FROM := $(foreach folder,.venv .data docs static tests,--ignore $(folder))

.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev browser test lint format messages types bench lock

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

run: setup  ## the whole site on this machine: http://localhost:8000 (PORT=8001 for another port)
	@PORT=$(PORT) exec $(BIN)/python -m sms.core.serve

test: setup-dev browser  ## the whole test suite, browser tests included (ARGS="-k name" to choose)
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

lint: setup-dev  ## formatter, linter, templates, migrations, import contract, deployment checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	find templates sms -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +
	$(PRODUCTION_LIKE) $(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION_LIKE) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/pytest -q tests/architecture/test_imports.py

format: setup-dev  ## let the formatters do what lint asks for
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	-find templates sms -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

messages: setup-dev  ## the sentences of the site into locale/**/django.po, and these compiled; needs gettext
	@command -v msgfmt >/dev/null || { \
		echo "gettext is missing: install it (on Debian and Ubuntu the package gettext), then run make messages again."; exit 1; }
	DEBUG=1 $(BIN)/python manage.py makemessages --locale bn --no-location --no-wrap --no-obsolete $(MESSAGES_NOT_FROM)
	@cd locale/bn && sed '/^"POT-Creation-Date: /d' LC_MESSAGES/django.po | \
		msgcat --use-first --no-wrap --output-file LC_MESSAGES/django.po - borrowed.po
	DEBUG=1 $(BIN)/python manage.py compilemessages --locale bn $(MESSAGES_NOT_FROM)

types: setup-dev  ## mypy; not part of lint yet
	$(BIN)/mypy sms

bench: setup-dev  ## the benchmarks: a table on screen and bench.json
	$(BIN)/python -m tests.bench

lock: setup-dev  ## new versions into the locks, within what pyproject.toml allows
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml $(LOCK_OPTIONS) -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev $(LOCK_OPTIONS) -c requirements.lock -o requirements-dev.lock

# --- The virtual environment. The stamps keep a second run from installing again until a lock changes.

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/.installed: requirements.lock | $(BIN)/python
	@if [ -f $(VENV)/.installed-dev ] && [ ! requirements-dev.lock -nt $(VENV)/.installed-dev ]; then \
		echo "The development environment has everything."; \
	else \
		echo "Installing what the site needs ..."; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
	fi
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock | $(BIN)/python
	@echo "Installing what the site and its tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python is missing: install Python 3.11 or newer, then run make again."; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is too old: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python has no venv or ensurepip: on Debian and Ubuntu install the package python3-venv, then run make again."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# --- The browser of the tests: one that is there, else the system's package, else Playwright's own build.

browser: $(VENV)/.browser

$(VENV)/.browser: | $(VENV)/.installed-dev
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then \
		:; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests ..."; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else \
		echo "Installing Chromium for the browser tests ..."; \
		$(BIN)/playwright install chromium; \
	fi || echo "Chromium could not be installed: the browser tests will be skipped."
	@touch $@
