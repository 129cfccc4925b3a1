# The verbs of the repository. `make` alone prints them.
# Everything that is fetched or built lives in the cache, outside of the checkout.

export HATIDATA_CACHE ?= $(HOME)/.cache/hatidata
export CARGO_TARGET_DIR ?= $(HATIDATA_CACHE)/target
export PATH := $(HATIDATA_CACHE)/tools/bin:$(PATH)

PYTHON_ENV := $(HATIDATA_CACHE)/venv/bin/python
DEV_BIN := $(CARGO_TARGET_DIR)/debug/hati
RELEASE_BIN := $(CARGO_TARGET_DIR)/release/hati

.DEFAULT_GOAL := help
.PHONY: help demo test check fmt build release bench setup print-bin clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## everything from nothing: build, start the server, run the portfolio cookbook through psycopg2
	@scripts/setup lib python
	cargo build --quiet --bin hati
	@HATI_BIN=$(DEV_BIN) $(PYTHON_ENV) scripts/demo.py

test: ## every check and every test; the last line counts them
	@scripts/setup lib python tools clients postgres
	@HATI_BIN=$(DEV_BIN) $(PYTHON_ENV) scripts/test

check: ## formatting, lints, licences, bans and sources
	@scripts/setup lib tools
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	cargo deny --log-level error check licenses bans sources

fmt: ## format the Rust code
	cargo fmt --all

build: ## the development binary (see print-bin)
	@scripts/setup lib
	cargo build --workspace

release: ## the optimised binary
	@scripts/setup lib
	cargo build --release --bin hati

bench: release ## all benchmarks, or some: make bench NAMES="merge fetch"
	@scripts/setup python postgres tpch
	@HATI_BIN=$${HATI_BIN:-$(RELEASE_BIN)} $(PYTHON_ENV) bench/run.py $(NAMES)

setup: ## fetch everything the other verbs need
	@scripts/setup lib python tools clients postgres

print-bin: ## path of the development binary
	@echo $(DEV_BIN)

clean: ## remove what was built
	rm -rf "$(CARGO_TARGET_DIR)"

distclean: clean ## remove what was built and fetched
	rm -rf "$(HATIDATA_CACHE)" .duckdb
