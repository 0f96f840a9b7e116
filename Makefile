# Each target makes its own .venv from a plain python3 and the pinned, hashed requirements. `make help` lists them.

SHELL := /bin/sh
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test coverage check bench stress docs programs wheel sbom lowest pythons clean

# Any Python from 3.11 on: the plain python3 if it is new enough, else the newest that stands beside it.
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$candidate; break; }; done)
VENV := .venv
REQUIREMENTS := requirements/dev.txt
BIN := $(VENV)/bin
ALL := $(VENV)/.requirements $(VENV)/.installed
SOURCES := $(shell find src -name __pycache__ -prune -o \( -type d -o -type f \) -print 2>/dev/null)
# Both cores of a small machine, each file on one of them: the blocks of a page build on each other.
# In the order of their folders: sorted by number of tests, the slowest files would come last, on one core alone.
# `make test WORKERS=0` runs in one process, for a debugger.
WORKERS ?= 2
TESTS ?=
# For example: make demo DEMO="--days-later 30"
DEMO ?=

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## one school's data from end to end, against the simulated school
	$(BIN)/python examples/progress_to_platform.py $(DEMO)

# Some machines forbid Python to keep what it compiled: each process of a test would compile the same files again.
test: export PYTHONDONTWRITEBYTECODE =
# Where CI is set, the programs of others that tests use are installed as well.
test: $(ALL) $(if $(CI),programs) ## every test, on the built wheel; TESTS=tests/medius for some of them
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

coverage: $(ALL) ## every test, and which lines and branches of the package they leave out
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: $(VENV)/.requirements ## lint, format, spelling and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell src docs examples notebooks benchmarks stress README.md CONTRIBUTING.md CHANGELOG.md SECURITY.md
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive src
	$(BIN)/mypy src tests benchmarks stress $(wildcard examples) conftest.py docs/conf.py docs/gathering.py docs/model_page.py requirements/sbom.py requirements/install.py
	$(BIN)/basedpyright --pythonpath $(BIN)/python

bench: $(ALL) ## the figures, each a ratio within one run; prints a table
	$(BIN)/python -m benchmarks

# The full counts take an estimated 40 minutes of two free cores: STRESS="--kills 1000 --faults 10000 --cancels 2000 --mutations 1000000"
STRESS ?=
stress: $(ALL) ## kill, fault, cancel and mutation runs, some minutes; goes on from an interrupted run
	$(BIN)/python -m stress $(STRESS)

docs: $(ALL) ## the documentation, in docs/_build/html; a warning is an error
	$(BIN)/sphinx-build -W -n --keep-going -b html docs docs/_build/html

programs: ## Chromium and PHP from Debian's packages, for the tests that need them; without them these are skipped
	@missing=; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		missing="chromium"; \
	php -m 2>/dev/null | grep -qx soap || missing="$$missing php-cli php-soap"; \
	[ -z "$$missing" ] || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends $$missing >/dev/null; } || \
		echo "Not here, and not to be installed: $$missing. The tests that need them will be skipped." >&2

wheel: $(VENV)/.requirements ## the wheel and the source archive, in dist
	$(BIN)/python -m hatchling build -d dist

sbom: $(ALL) ## the bill of materials (CycloneDX) and the list of licences, in dist
	$(BIN)/python requirements/sbom.py dist

lowest: ## every test with the lowest versions of the libraries that pyproject.toml allows
	$(MAKE) test VENV=.venv-lowest REQUIREMENTS=requirements/lowest.txt

pythons: ## every test with each newer Python that is on this machine, from the path or from pyenv
	@for minor in 3.12 3.13 3.14; do \
		for python in $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$$minor.*/bin/python3 python$$minor; do \
			if $$python -c 'import ensurepip' 2>/dev/null; then \
				echo "== Python $$minor: $$python"; \
				$(MAKE) test VENV=.venv-$$minor PYTHON=$$python; \
				continue 2; \
			fi; \
		done; \
		echo "== Python $$minor: not on this machine"; \
	done

clean: ## remove what the other targets made
	rm -rf .venv .venv-* build dist docs/_build docs/generated .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.*

# An environment is made once. What the demo needs comes first; the rest is added to it when another target wants it.
$(VENV)/.python:
	@[ -n "$(PYTHON)" ] || { \
		echo "magister-connect needs Python 3.11 or newer. Found: $$(python3 --version 2>&1)." >&2; \
		echo "Install one, or name one: make test PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.demo: requirements/demo.txt | $(VENV)/.python
	@[ -e $(VENV)/.requirements ] || { \
		echo "Installing what the demo needs into $(VENV), once."; $(BIN)/python requirements/install.py $<; }
	@touch $@

# After a change of the file everything is installed anew, so that nothing stays which it no longer names.
$(VENV)/.requirements: $(REQUIREMENTS)
	@[ ! -e $@ ] || rm -rf $(VENV)
	@$(MAKE) --no-print-directory $(VENV)/.python
	@echo "Installing what the project needs into $(VENV), once: this takes some minutes."
	@$(BIN)/python requirements/install.py $<
	@touch $(VENV)/.demo $@

# What is tested and shown is the wheel as users get it, never the source tree.
$(VENV)/.installed: $(VENV)/.demo pyproject.toml README.md LICENSE $(SOURCES)
	rm -rf $(VENV)/wheel
	$(BIN)/python -m hatchling build -t wheel -d $(VENV)/wheel
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall $(VENV)/wheel/*.whl
	@touch $@
