# Everything is done from here; `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
# The whole suite keeps two cores busy. A file's tests stay together and in their order: they share what they start.
ALL := --numprocesses 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench bundle clean

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(VENV)/set-up ## install everything that is needed into .venv, and say what only you can install
	@$(RUN)/python -m local.requirements

$(VENV)/set-up: requirements.lock package-lock.json pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	npm ci --silent --no-progress
	npm run --silent vendor
	@touch $@

demo: setup ## the whole city on this machine, once through the main job; stays up (ONCE=1: ends with 0 or 1)
	@$(RUN)/python -m local demo $(if $(ONCE),--once)

test: setup ## every test, on Google's emulators and in Chromium (ARGS: what to tell pytest instead, such as a file)
	$(RUN)/python -m pytest $(or $(ARGS),$(ALL))

check: setup ## lint, types, who may import whom, dead code
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/vulture

bench: setup ## measure the city against what is asked of it (ARGS: which), into build/bench.json
	@$(RUN)/python -m local bench $(ARGS)

bundle: setup ## build/<function>.zip, what is deployed; the same input gives the same bytes
	@$(RUN)/python -m local.bundle

clean: ## remove what was built, and .venv
	rm -rf build $(VENV) node_modules tsunagu/web/static/vendor tsunagu/typeset/vendor
