# One door for people and CI: `make test` is what CI runs, `make demo` shows the thing at work.
# Only Python 3.11 or newer and make are needed; everything else is installed into .venv.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
SOURCES := src tests bench benchmarks docs
DEMO ?= dokja-demo

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_QUIET ?= 2

.PHONY: help demo test check unit calibrate bench bench-search zoo accuracy accuracy-tools robustness docs schema picture fmt format lint layers types doclint tests clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --upgrade "pip>=25.1"

$(VENV)/.package: pyproject.toml | $(VENV)/bin/python
	@echo "installing dokja into $(VENV)" >&2
	@$(BIN)/python -m pip install --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.package
	@echo "installing the development tools into $(VENV)" >&2
	@$(BIN)/python -m pip install --editable . --group dev --group docs
	@touch $@

demo: $(VENV)/.package ## audit the bundled case; the last line names the page
	@$(BIN)/dokja demo --output $(DEMO)

test: check ## everything CI runs

check: format lint layers types doclint docs tests

format: $(VENV)/.dev ## is every file formatted?
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev ## ruff
	$(BIN)/ruff check .

layers: $(VENV)/.dev ## which room may import which
	$(BIN)/lint-imports --no-logo

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

doclint: $(VENV)/.dev ## docstrings name every parameter
	$(BIN)/numpydoc lint $$(find src -name '*.py' | sort)

tests: $(VENV)/.dev ## unit, property, conformance, adversarial, golden, end to end, doctests
	$(BIN)/python -m pytest -n $(WORKERS)

unit: $(VENV)/.dev ## only the unit tests
	$(BIN)/python -m pytest -n $(WORKERS) tests/unit

docs: $(VENV)/.dev ## the site, in docs/_build/html
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html

schema: $(VENV)/.dev ## publish the schemas anew after a document changed
	$(BIN)/dokja schema > src/dokja/document/schemas/audit-1.json
	$(BIN)/python tests/support/schemas.py

picture: demo ## take the READMEs' pictures of a verdict anew (needs Chromium)
	@chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,1180 \
	  --screenshot=docs/images/verdict.png "file://$(abspath $(DEMO))/report.html" 2>/dev/null
	@$(BIN)/dokja render $(DEMO)/report.json -o $(DEMO)/report-ko.html --lang ko
	@chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,1180 \
	  --screenshot=docs/images/verdict-ko.png "file://$(abspath $(DEMO))/report-ko.html" 2>/dev/null

fmt: $(VENV)/.dev ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## time and memory against cat, and the script people write today
	$(BIN)/python -m benchmarks

bench-search: $(VENV)/.dev ## time and memory of the search for re-indexed copies, by width and depth
	$(BIN)/python -m benchmarks.search

calibrate: $(VENV)/.dev ## size and power of every independence test; writes the table of the docs
	$(BIN)/python bench/calibrate.py

zoo: $(VENV)/bin/python ## train the zoo and the demo anew (installs torch; takes a while)
	$(BIN)/python -m pip install --editable . --group train
	$(BIN)/python -m bench.train_zoo --force
	$(BIN)/python -m bench.train_demo --force

accuracy: $(VENV)/bin/python ## ask Dokja and its peers about pairs of known lineage; writes docs/accuracy.md
	$(BIN)/python -m pip install --editable . --group train
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.accuracy --workers $(WORKERS)

accuracy-tools: $(VENV)/bin/python ## environments of the other tools, where they can be had
	$(PYTHON) -m venv .cache/accuracy/tools/modeldna
	-.cache/accuracy/tools/modeldna/bin/pip install modeldna==0.1.0
	-python3.12 -m venv .cache/accuracy/tools/cisco && \
	  .cache/accuracy/tools/cisco/bin/pip install cisco-ai-provenance-kit==1.0.0

robustness: $(VENV)/bin/python ## where detection ends; writes docs/robustness.md and its plot
	$(BIN)/python -m pip install --editable . --group train
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.accuracy.robustness --workers $(WORKERS)

clean: ## remove what make has built
	rm -rf $(VENV) docs/_build $(DEMO) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
