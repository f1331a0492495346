# What a developer types. The set-up behind it stands in scripts/setup.sh.

SHELL := /bin/bash
export PATH := $(HOME)/.cargo/bin:$(PATH)

# Options of the program: make run ARGS='dev --port 9999'
ARGS ?=
# cargo-nextest where it is installed; RUNNER='cargo test' overrides it.
RUNNER ?= $(shell command -v cargo-nextest >/dev/null && echo cargo nextest run || echo cargo test)

.PHONY: help run test lint bench

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: ## Set up what is missing, then run the pool and the demo site
	@scripts/setup.sh build
	cargo run -- $(ARGS)

test: ## Set up what is missing, then run all tests: on SQLite, with browser and real peers, and on PostgreSQL
	@scripts/setup.sh test
	FULL_TESTS=1 $(RUNNER)
	scripts/postgres.sh $(RUNNER) --test it

lint: ## Check format, lints, and (where cargo-deny is installed) licences and advisories
	@scripts/setup.sh lint
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny check; \
	else echo "lint: cargo-deny is not installed, so licences and advisories were not checked (cargo install cargo-deny --locked)"; fi

bench: ## Measure: CPU time of the common requests beside a bare server
	@scripts/setup.sh build
	cargo bench --bench budget
