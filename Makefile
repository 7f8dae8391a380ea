# LocalEMR: `make demo` shows it, `make test` proves it. Both set up what they need first.

RUN := .ci/run-docker
BIN := .venv/bin
QUICK := tests/unit tests/contract
# One worker of pytest-xdist for each processor.
PARALLEL := -n auto
# Two workers. tests/cluster says which of its files one worker has together; any other test is for the one that is free.
# In this order: long tests first, so that both workers are busy until the end.
TWO := -n 2 --dist loadgroup --no-loadscope-reorder
# One image with each table format and each engine that tests read them with: clusters would have one built for each set.
TABLES := emr-7.13.0 --applications Hive,Trino,Iceberg,Delta,Hudi

.DEFAULT_GOAL := help
.PHONY: help setup demo example test browser pictures test-labels check coverage lint unit docs site package up down images bench bench-api clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Virtual environment and Docker; does nothing when both exist
	@.ci/setup.sh

demo: setup ## Bring everything up and run a checked Spark step on a real cluster (KEEP=1 leaves the cluster)
	@$(RUN) $(BIN)/localemr demo

example: setup ## Run an example on a real cluster (NAME=etl; without NAME: list them; KEEP=1 leaves the cluster)
	@$(RUN) $(BIN)/localemr demo $(or $(NAME),--list)

# One run of pytest, last: its closing line is the last line of the output.
test: setup browser images lint ## Every check and every test, on real containers too (UNTIL=EPOCH: begin no test on clusters later)
	@$(RUN) $(BIN)/localemr images build $(TABLES)
	@$(RUN) $(BIN)/python -m pytest $(TWO) --durations=30 $(if $(UNTIL),--until $(UNTIL)) tests/cluster tests/clients tests/browser $(QUICK)

browser: setup ## Install Chromium for the tests of the console, where that can be done
	@.ci/browser.sh

pictures: setup browser ## Take the pictures of docs/pictures anew, of pages on memory and on a real cluster
	@PICTURES=$(CURDIR)/docs/pictures $(RUN) $(BIN)/python -m pytest tests/browser/test_pages.py tests/cluster/test_console.py

test-labels: setup ## Try every release label that runs on a real cluster; builds their images, hours (LABELS="emr-7.1.0 …": these)
	@$(RUN) $(BIN)/python -m tests.labels $(LABELS)
	@$(MAKE) --no-print-directory docs

check: setup lint coverage ## Before each commit: lint, types, unit and contract tests, coverage; no containers, 5 minutes

coverage: setup ## The tests that need no containers, with the coverage and its lower limit
	@$(BIN)/python -m pytest $(QUICK) $(PARALLEL) -q --cov --cov-report=term

lint: setup ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

unit: setup ## The tests that need no containers
	@$(BIN)/python -m pytest $(QUICK) $(PARALLEL)

docs: setup ## Write the parts of docs that are made: operations, glue, architecture, instance types, releases
	@$(BIN)/python -m tests.operations_page
	@$(BIN)/python -m tests.layers_page
	@$(BIN)/python -m tests.types_page
	@$(BIN)/python -m tests.releases_page

site: ## Build the documentation site in site (its tools are in an environment of its own)
	@.ci/site.sh

package: setup ## Build the wheel and the sdist in dist
	@$(BIN)/python -m tests.package dist

up: setup ## Start MinIO and the controller
	@$(RUN) $(BIN)/localemr up

down: ## Stop everything and remove its containers, networks, volumes and state
	@$(RUN) $(BIN)/localemr down

images: setup ## Build the images that are missing
	@$(RUN) $(BIN)/localemr images build

bench: setup images ## Measure what docs/performance.md reports
	@$(RUN) $(BIN)/python -m tests.benchmarks

bench-api: setup ## Measure the API beside two imitations of EMR; no containers
	@$(BIN)/python -m tests.benchmarks.api

clean: ## Remove the virtual environment and the tools' caches
	rm -rf .venv .venv-site site build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
