# Everything there is to do here. `make` alone lists it; CI runs these targets and nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
TORCH_INDEX ?=

JOBS ?= 2000
FAULTS ?= 200
MINUTES ?= 120
CASES ?= 20000
FUZZ_MINUTES ?= 30
SEED ?=
ROLES := api cpu gpu stack dev
LOCKS := $(ROLES:%=requirements/%.txt)
BIN := .venv/bin
INSTALLED := .state/installed-$(shell cat $(LOCKS) requirements/torch.txt pyproject.toml Makefile | cksum | tr ' ' '-')

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help install up down run status demo test test-console screenshots check lint types arch docs docs-check lock lock-check vendor vendor-check translations translations-check chaos security bench bench-jobs bench-forecast bench-inventory bench-vision validate retrain-check reindex backup restore clean

help: ## List what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Make .venv with the requirements of every role and of the tests (TORCH_INDEX=URL chooses PyTorch's build)

$(INSTALLED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Noria needs Python 3.11 or newer, and $(PYTHON) is %s. Name another: make install PYTHON=python3.12" % sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --require-hashes --no-deps $(LOCKS:%=-r %)
	$(BIN)/python -m pip install $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) -r requirements/torch.txt
	$(BIN)/python -m pip install --no-deps -e .
	@mkdir -p .state && rm -f .state/installed-* && touch $@

up: install ## Start the whole stack in the background, and return when it is ready
	@$(BIN)/python -m deploy.stack up

down: install ## Stop the stack and leave no process behind
	@$(BIN)/python -m deploy.stack down

run: install ## The stack in the foreground, to Ctrl-C
	@exec $(BIN)/python -m deploy.stack run

status: install ## What of the stack runs
	@$(BIN)/python -m deploy.stack status

demo: install ## Train and forecast on real sales, on a stack of its own (KEEP=1 keeps its data, PAUSE=1 waits before the end)
	@exec $(BIN)/python -m deploy.demo

# One seed, since the two processes of a run have to name its cases alike.
test: install ## Run the tests (T=path for some of them)
	PYTHONHASHSEED=0 $(BIN)/python -m pytest $(if $(T),$(T),-n 2 --dist loadfile --durations 40)

test-console: install ## Run the console's tests in Chromium; pictures of every page land in test-results/pages (T=path for some of them)
	@command -v "$${CHROMIUM:-chromium}" >/dev/null || if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else echo "These tests need Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM to its program." >&2; exit 1; fi
	PYTHONHASHSEED=0 $(BIN)/python -m pytest -m browser $(if $(filter-out tests,$(T)),$(T),-n 2 --dist loadfile --durations 20 tests/browser)

screenshots: ## Take anew the pictures that README shows, by the tests that take them
	$(MAKE) test-console T="tests/browser/test_buyers_day.py tests/browser/test_annotators_day.py tests/browser/test_correct.py::test_among_many_cells_each_box_stands_where_the_cell_lies"
	mkdir -p docs/pictures && cp test-results/pages/readme-*.png docs/pictures/

check: install lint types arch docs-check lock-check vendor-check translations-check ## Lint, types, architecture; docs, locks, foreign files and translations in step

lint: install ## Style of the code
	$(BIN)/ruff check .

types: install ## Types
	$(BIN)/mypy

arch: install ## The arrows between the rooms, sizes, docs of every function
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/architecture

docs: install ## Write the generated pages in docs/
	$(BIN)/python -m deploy.docs

docs-check: install ## Whether the generated pages are in step with the code
	$(BIN)/python -m deploy.docs --check

lock: install ## Compile requirements/*.in to pinned, hashed locks (UPGRADE=1 takes the newest versions)
	$(BIN)/python -m deploy.locks write

lock-check: install ## Whether the locks are in step with the .in files (needs no network)
	$(BIN)/python -m deploy.locks check

vendor: install ## Fetch the console's foreign files from npm, as deploy/vendor.py pins them
	$(BIN)/python -m deploy.vendor write

vendor-check: install ## Whether those files are the pinned ones (needs no network)
	$(BIN)/python -m deploy.vendor check

translations: install ## Find the console's strings, and compile their translations
	$(BIN)/python -m deploy.translations write

translations-check: install ## Whether every string of the console is translated
	$(BIN)/python -m deploy.translations check

chaos: install ## Break whole stacks at random under load, and check that nothing is lost or done twice (JOBS, FAULTS, SEED, MINUTES)
	HYPOTHESIS_PROFILE=chaos $(BIN)/python -m pytest -q --timeout 3600 tests/storage/test_job_machine.py
	$(BIN)/python -m tests.chaos --jobs $(JOBS) --faults $(FAULTS) --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m deploy.docs

security: install ## Break into the API at random: Schemathesis, fuzzing of every parser, bandit, known holes in the locks (CASES, FUZZ_MINUTES, SEED)
	$(BIN)/python -m tests.security --cases $(CASES) --minutes $(FUZZ_MINUTES) $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m pytest -q tests/security/test_bombs.py tests/security/test_secrets.py
	$(BIN)/python -m deploy.docs

bench: install ## The quick rows of docs/performance.md, side by side with Celery, RQ, Dramatiq and Huey (10 minutes on a quiet machine)
	test -d .state/beside/rq || $(BIN)/python -m pip install --quiet --no-deps --target .state/beside rq==3.0.0 dramatiq==2.2.1 croniter==7.0.0
	PYTHONPATH=.state/beside $(BIN)/python -m benchmarks submit http history round_trip waiters memory job_memory backlog

bench-jobs: install ## The long rows: what a training and a retrain add to the bare work, and the start of the stack (50 minutes)
	$(BIN)/python -m benchmarks overhead vision_retrain startup

bench-forecast: install ## Forecasts beside other methods on real data, and on much of it (an hour; NORIA_TEST_DATA names the data's folder)
	test -d .state/beside/lightgbm || $(BIN)/python -m pip install --quiet --no-deps --target .state/beside lightgbm==4.7.0
	OMP_WAIT_POLICY=PASSIVE PYTHONPATH=.state/beside $(BIN)/python -m benchmarks forecast forecast_shapes forecast_parts forecast_scale

bench-vision: install ## Train on BCCD and predict over HTTP, against their goals (10 minutes; NORIA_TEST_DATA names the data's folder)
	$(BIN)/python -m benchmarks vision predict

bench-inventory: install ## Simulate a warehouse on real demand, and draw what buy lists are worth (NORIA_TEST_DATA names the data's folder)
	$(BIN)/python -m benchmarks inventory

validate: install ## Whether a retrain would find all that it needs, each thing with what to do about it
	@$(BIN)/noria validate

retrain-check: install ## A small retrain on the running stack, and whether all of it arrived in MLflow
	@$(BIN)/noria retrain-check

reindex: install ## Bring back into Redis what the storage remembers
	$(BIN)/python -m workers.cli

backup: install ## All of this machine's installation in one file, while it runs (FILE=name.tar)
	@$(BIN)/noria backup "$(or $(FILE),$(error FILE=name.tar says where to))"

restore: install ## Put a backup back into an empty NORIA_HOME; the stack has to be down (FILE=name.tar)
	@$(BIN)/noria restore "$(or $(FILE),$(error FILE=name.tar says which))"

clean: ## Remove what was installed and what tools cached; data in var/ stays
	rm -rf .venv .state .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis .import_linter_cache noria.egg-info
