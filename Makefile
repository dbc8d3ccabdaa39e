# One Python environment per checkout, in .venv, with the versions that constraints.txt pins.
SYSTEM_PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
PYTHON ?= $(SYSTEM_PYTHON)
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: run demo test check fix clean

# The daemon in the foreground on embedded defaults; its state is in state/, it watches runs/.
run: $(STAMP)
	@mkdir -p runs state
	@$(BIN)/strandwatch run --state-directory state --watch runs

demo: $(STAMP)
	@$(BIN)/strandwatch demo

test: $(STAMP)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(TESTS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "strandwatch needs Python 3.11 with venv: apt install python3 python3-venv"; exit 5; }
	@echo "Setting up .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt pip
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt --group dev -e .
	@touch $@

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .coverage*
