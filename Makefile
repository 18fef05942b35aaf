# The whole house in one place. `make demo` and `make test` need nothing typed before.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Random choices of the tests are new with every commit and the same within one.
SEED   := $(shell printf '%d' 0x$$(git rev-parse --short=8 HEAD 2>/dev/null || echo 0))
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore
# Without compiled files every process that a test starts compiles the gateway again (a
# second each), and every test process the tests (11 s each; tests/rewritten.py).
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench load soak golden cover docs format pin clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(VENV)/.installed ## the virtual environment, with everything pinned

# Made once, and from nothing again when the pins change.
$(VENV)/.pinned: constraints.txt
	@echo "Setting up $(VENV); this takes about a minute."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' && $(PYTHON) -m venv --clear $(VENV) || { echo "Needs Python 3.11 or later with its venv module (Debian: apt-get install python3-venv)."; exit 1; }
	@$(BIN)/pip install -qq --require-hashes -r constraints.txt
	@touch $@

$(VENV)/.installed: $(VENV)/.pinned pyproject.toml
	@$(BIN)/pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## sample orders through a running gateway, with their answers
	@$(BIN)/gateway demo

test: setup ## all tests but the long runs
	@tools/system_parts.sh
	$(BIN)/pytest -n 3 --durations=20 --hypothesis-seed=$(SEED) $(ARGS)

check: setup ## format, lint, types and arrows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## the speed table, as ratios of one run
	@$(BIN)/gateway bench

load: setup ## partners against a running gateway, on both databases; ARGS: python -m bench --help
	@tools/system_parts.sh
	$(BIN)/python -m bench $(ARGS)

soak: setup ## the long runs, before an issue closes
	@tools/system_parts.sh
	$(BIN)/pytest -m soak --hypothesis-seed=$(SEED) $(ARGS)

golden: setup ## write the expected files of the golden cases anew; review the diff
	$(BIN)/pytest tests/golden --rewrite-golden $(ARGS)

cover: setup ## which lines and branches the tests reach
	$(BIN)/pytest -n 2 --cov --cov-report=term --hypothesis-seed=$(SEED) $(ARGS)

docs: setup ## write the generated pages of docs/ anew
	$(BIN)/python tools/write_docs.py

format: setup ## format the code and sort its imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pin: ## newer releases into constraints.txt
	tools/pin.sh --upgrade

clean: ## remove what make made
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
