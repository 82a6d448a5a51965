# The public commands. Everything they need is bash, make, Python 3.11 or 3.12 with venv, and the package registries.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
# Byte-code makes every start-up three times faster; a shell that forbids it does not decide for the project.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo up down status test lint bench lock format

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## Make the two locked environments (nothing happens when they are current)
	@./setup.sh

demo: setup ## Set up, write the sandbox company, run its day through Airflow, show boards and mail
	@$(PYTHON) -m copilot demo

up: setup ## Start the local stack
	@$(PYTHON) -m copilot up

down: ## Stop everything that this checkout started
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m copilot down; else echo "nothing is set up here"; fi

status: setup ## Show each service, its URL and its health
	@$(PYTHON) -m copilot status

test: setup ## Every test: most in two processes side by side, then those that need the whole stack
	@./setup.sh peers
	@$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not e2e and not browser" --durations 10
	@$(PYTHON) -m pytest -m "e2e or browser"

lint: setup ## Every static check
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports
	@.venv/bin/sqlfluff lint dbt/models dbt/tests copilot/warehouse/migrations

format: setup ## Rewrite the code in the project's format
	@$(PYTHON) -m ruff check --fix . ; $(PYTHON) -m ruff format .

bench: setup ## What it costs, as ratios (docs/figures.md says what each number means)
	@$(PYTHON) -m benchmarks

lock: setup ## Resolve each requirements.in into its requirements.txt again
	.uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes -q requirements.in -o requirements.txt
	.uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes -q superset/requirements.in -o superset/requirements.txt
	.uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes -q tests/peers/requirements.in -o tests/peers/requirements.txt
