# The commands of the project. Each sets the machine up first (scripts/setup, silent when nothing is missing) and does
# everything needed before it. `make` alone prints this list.

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
ARGS ?=
CTEST_ARGS ?=
HOURS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup run build test soak bench bench-peers lint format asan tsan install clean

help: ## Print this list
	@sed -n 's/^\([a-z -]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target what; do \
	  printf '  make %-12s %s\n' "$$target" "$$what"; done

setup: ## Install the Debian packages that are missing
	@scripts/setup

run: build ## Build and run the demo (ARGS="--nodes 16 --slow 2")
	build/release/exocast demo $(ARGS)

build: setup ## The release build: build/release/exocast
	cmake --preset release --log-level=NOTICE
	cmake --build --preset release -j $(JOBS)

# Tests run on the release build: one build for all, the one that is shipped. It keeps assert() alive, so that what is
# tested is what runs and a broken invariant still stops it.
test: build ## Run every test
	ctest --preset release -j $(JOBS) $(CTEST_ARGS)

soak: build ## Live drawn histories with fresh seeds for HOURS=1, or until one fails (ARGS="LaneSim")
	@scripts/soak --hours $(HOURS) $(ARGS)

bench: build ## Run the benchmarks; their figures as JSON go to build/bench, which bench/plot.py draws
	mkdir -p build/bench
	build/release/exocast bench gather --save build/bench/gather.json $(ARGS)
	build/release/exocast bench fanout --save build/bench/fanout.json $(ARGS)
	build/release/exocast bench stream --save build/bench/stream.json $(ARGS)
	build/release/exocast bench isolation --save build/bench/isolation.json $(ARGS)

bench-peers: ## Build what the benchmarks compare with: Go, Rust, Python, ZeroMQ, NATS, gRPC streams
	scripts/setup
	scripts/setup bench-peers
	scripts/bench-peers

lint: build ## Check the formatting and run clang-tidy
	scripts/lint

format: setup ## Format every tracked source
	git ls-files '*.h' '*.cpp' | xargs clang-format-19 -i

asan tsan: setup ## Build with the sanitizers and run every test
	cmake --preset $@ --log-level=NOTICE
	cmake --build --preset $@ -j $(JOBS)
	ctest --preset $@ -j $(JOBS)

install: build ## Install the program and the library (PREFIX=/usr/local)
	cmake --install build/release --prefix $(PREFIX)

clean: ## Remove everything that was built
	rm -rf build
