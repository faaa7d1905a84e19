# IAM Atlas: `make` lists what there is to call.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.SUFFIXES:

VENV := .venv/bin
export PYTHON

# Slow tests start real servers and browsers: IAMATLAS_SLOW=1 takes them in. More for pytest goes into ARGS.
MARKS := $(if $(IAMATLAS_SLOW),,-m "not slow")
# Two processes share the tests, each with servers of its own; ARGS=-n0 makes it one, as a debugger needs.
SHARED := -n 2 --dist loadgroup --no-loadscope-reorder
ARGS ?=

.PHONY: help demo explore test test-all lint format docs bench setup setup-dev lock upgrade clean

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | expand -t 12

demo: setup ## Load the built-in organization and show what can be asked
	@$(VENV)/iamatlas demo

explore: setup ## Open the explorer in a browser
	@$(VENV)/iamatlas explore

test: setup-dev ## Run the tests (the slow ones too with IAMATLAS_SLOW=1; ARGS="-k trust" for some of them)
	$(VENV)/python -m pytest $(SHARED) $(MARKS) $(ARGS)

test-all: ## Run all tests, the slow ones too
	@$(MAKE) --no-print-directory test IAMATLAS_SLOW=1

lint: setup-dev ## Check style, format and types
	@failed=0; for check in "ruff check ." "ruff format --check ." mypy; do \
		echo "$$check"; $(VENV)/$$check || failed=1; \
	done; exit $$failed

format: setup-dev ## Put the source into the one format
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix-only --quiet .

docs: setup-dev ## Write the generated pages of docs/ anew
	$(VENV)/python -m graph.schema > docs/schema.md.new
	mv docs/schema.md.new docs/schema.md
	$(VENV)/python -m app.reference commands > docs/commands.md.new
	mv docs/commands.md.new docs/reference/commands.md
	$(VENV)/python -m app.reference queries > docs/queries.md.new
	mv docs/queries.md.new docs/reference/queries.md
	$(VENV)/python -m iam.lint.reference > /dev/null
	$(VENV)/python -m iam.techniques.page > docs/techniques.md.new
	mv docs/techniques.md.new docs/techniques.md

bench: setup-dev ## Measure speed: a table of medians and ratios
	$(VENV)/python -m benchmarks $(ARGS)

setup: ## Make .venv for running the program (demo and explore do it by themselves)
	@scripts/set-up run

setup-dev: ## Make .venv for testing as well (test and lint do it by themselves)
	@scripts/set-up dev

# Both lock files come from pyproject.toml: the first is for testing, the second, for running, is a part of it.
# What is locked already stays as it is; `make upgrade` moves everything to the newest versions.
COMPILE = $(VENV)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --quiet \
	--custom-compile-command "make lock"

lock: setup-dev ## Write the lock files from pyproject.toml
	$(COMPILE) $(LOCK_FLAGS) --extra dev --output-file requirements-dev.lock
	$(COMPILE) $(LOCK_FLAGS) --constraint requirements-dev.lock --output-file requirements.lock

upgrade: ## Write the lock files with the newest versions
	@$(MAKE) --no-print-directory lock LOCK_FLAGS=--upgrade

clean: ## Remove .venv and what tools have cached
	rm -rf .venv .venv.broken .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	find iam graph loader queries app benchmarks scripts tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
