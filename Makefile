# One Python environment per checkout, in .venv, with the versions that constraints.txt pins.
SYSTEM_PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
PYTHON ?= $(SYSTEM_PYTHON)
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: run demo test check fix bpf bpf-check lists-check clean

# The daemon in the foreground on embedded defaults; its state is in state/, it watches runs/.
run: $(STAMP)
	@mkdir -p runs state
	@$(BIN)/strandwatch run --state-directory state --watch runs

demo: $(STAMP)
	@$(BIN)/strandwatch demo

# All tests; as root none is skipped. `make test TESTS=tests/unit` runs a part, without the figures.
test: $(STAMP)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(TESTS)
ifeq ($(TESTS),)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --include='*/domain/*,*/core/*' --fail-under=100
	$(BIN)/coverage report
endif

check: $(STAMP) bpf-check
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

# The eBPF object is committed; only who changes its source needs clang and libbpf-dev.
KERNEL := agent/strandwatch/sources/kernel
CLANG_VERSION = $(shell clang --version 2>/dev/null | head -n 1)
BPF_COMPILE = cd $(KERNEL) && clang -g -O2 -fdebug-compilation-dir=. -fdebug-prefix-map=$$PWD=. -mcpu=v3 -target bpf -Wall -Werror \
  -I/usr/include/$(shell uname -m)-linux-gnu -c strandwatch.bpf.c -o

bpf:
	$(BPF_COMPILE) strandwatch.bpf.o
	llvm-strip -g $(KERNEL)/strandwatch.bpf.o
	@echo "$(CLANG_VERSION)" > $(KERNEL)/compiler

# Elsewhere the tests that load the object have to do.
bpf-check:
	@if [ -n "$(CLANG_VERSION)" ] && [ "$(CLANG_VERSION)" = "$$(cat $(KERNEL)/compiler)" ] && \
	    [ -e /usr/include/bpf/bpf_helpers.h ]; then \
	  made=$$(mktemp) && ($(BPF_COMPILE) $$made) && llvm-strip -g $$made && \
	  { cmp $$made $(KERNEL)/strandwatch.bpf.o || { echo "run make bpf"; false; }; } && rm $$made; \
	else echo "The eBPF object is not compared: needs $$(cat $(KERNEL)/compiler), libbpf-dev"; fi

# Curated lists against the names in the embedded address data; about half a minute.
lists-check: $(STAMP)
	$(BIN)/python geoip/check_lists.py

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .coverage*
