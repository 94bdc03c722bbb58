# Two commands do everything on a fresh machine with Python 3.11+, pip and make:
#   make demo    set up, then run the main job and serve its page
#   make test    set up, then run the tests
# ARGS is passed on: make demo ARGS=--no-serve, make test ARGS="-k port".

BIN := .venv/bin
READY := .venv/.ready
ARGS ?=
SECONDS ?= 1800
PYTEST := $(BIN)/pytest -q -n auto $(ARGS)

.PHONY: help install demo test test-slow test-all check docs bench fuzz lock clean
.DELETE_ON_ERROR:

help:
	@echo "make demo      set up and run the main job: simulate, take in, find, draft, serve a page"
	@echo "make test      set up and run the tests"
	@echo "make test-all  the same, and the slow tests"
	@echo "make check     format, lint, types, and that generated docs are current"
	@echo "make docs      write the generated reference pages"
	@echo "make bench     measure on this machine"
	@echo "make fuzz      look for inputs that a reader should not raise on (SECONDS=1800)"
	@echo "make install   only make .venv/ with the command isdas in it"
	@echo "make lock      choose the newest versions of what pyproject.toml allows"
	@echo "make clean     remove what make made"

install: $(READY)

$(READY): requirements.lock pyproject.toml scripts/install
	@scripts/install

demo: install
	@$(BIN)/isdas demo $(ARGS)

test: install
	@scripts/system-packages
	@$(PYTEST) -m "not slow"

test-slow: install
	@scripts/system-packages
	@if grep -rqs 'mark\.slow' tests; then $(PYTEST) -m slow; else echo 'no test is marked slow'; fi

test-all: install
	@scripts/system-packages
	@$(PYTEST)

check: install
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python scripts/reference.py --check
	@echo "check: format, lint, types and generated docs are in order"

docs: install
	@$(BIN)/python scripts/reference.py

bench: install
	@scripts/system-packages
	@for script in $(sort $(wildcard bench/*.py)); do echo "== $$script"; $(BIN)/python "$$script" || exit 1; done
	@$(BIN)/python -m bench.surges

# The fuzzer is in no lock: it is a tool for looking for defects, not for building or testing.
fuzz: install
	@test -x .venv-fuzz/bin/python || { $(BIN)/python -m venv .venv-fuzz && .venv-fuzz/bin/python -m pip install -qq atheris; }
	@$(BIN)/python -c 'import site; print(*site.getsitepackages(), "$(CURDIR)/src", sep="\n")' \
		> "$$(.venv-fuzz/bin/python -c 'import site; print(site.getsitepackages()[0])')/isdas.pth"
	@.venv-fuzz/bin/python fuzz/run.py --seconds $(SECONDS) $(ARGS)
	@if test -d .fuzz/corpus-all; then $(BIN)/python fuzz/replay.py .fuzz/corpus-all; fi

# The lock names no index and no host: the installer's own settings say where packages come from.
lock: install
	@env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --extra dev \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--output-file requirements.lock

clean:
	@rm -rf .venv .venv-fuzz .fuzz build dist demo .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find src tests scripts bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
