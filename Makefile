# The commands of the project. Each first installs the packages it needs (scripts/setup, silent when none is missing),
# and does everything needed before it. `make` alone prints this list.

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
ARGS ?=
CTEST_ARGS ?=
HOURS ?= 1
BUILD = cmake --build --preset release -j $(JOBS)
# Many tests wait for a process or a network, so twice as many run as there are processors.
RUN_TESTS = ctest -j $$(($(JOBS) * 2)) --output-junit tests.xml $(CTEST_ARGS)

.DEFAULT_GOAL := help
.PHONY: help setup run build configure tests test soak bench bench-peers lint docs format asan tsan install clean

help: ## Print this list
	@sed -n 's/^\([a-z -]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target what; do \
	  printf '  make %-12s %s\n' "$$target" "$$what"; done

setup: ## Install the Debian packages that all of the commands below need
	@scripts/setup run test sanitize lint docs

run: build ## Build and run the demo (ARGS="--nodes 16 --slow 2")
	build/release/exocast demo $(ARGS)

# The release build is the one that is run, tested and installed. Each command builds only what it needs of it.
configure:
	@scripts/setup run
	cmake --preset release --log-level=NOTICE

build: configure ## The program: build/release/exocast
	$(BUILD) --target exocast_program

tests:
	@scripts/setup run test
	cmake --preset release --log-level=NOTICE
	$(BUILD) --target all exocast_tests

test: tests ## Build everything and run every test
	$(RUN_TESTS) --preset release && scripts/slowest build/release/tests.xml

soak: tests ## Run drawn histories with fresh seeds for HOURS=1, or until one fails (ARGS="LaneSim")
	@scripts/soak --hours $(HOURS) $(ARGS)

bench: configure ## Run the benchmarks; their figures as JSON go to build/bench, which bench/plot.py draws
	$(BUILD) --target exocast_bench
	mkdir -p build/bench
	build/release/exocast-bench gather --save build/bench/gather.json $(ARGS)
	build/release/exocast-bench fanout --save build/bench/fanout.json $(ARGS)
	build/release/exocast-bench stream --save build/bench/stream.json $(ARGS)
	build/release/exocast-bench isolation --save build/bench/isolation.json $(ARGS)

bench-peers: ## Build what the benchmarks compare with: Go, Rust, Python, ZeroMQ, NATS, redis, mosquitto, gRPC
	scripts/setup run bench-peers
	scripts/bench-peers

lint: configure ## Check the formatting and run clang-tidy
	@scripts/setup lint
	$(BUILD) --target exocast_protocol_sources
	scripts/lint

docs: ## Build the reference of the public headers: build/docs/html/index.html
	@scripts/setup docs
	mkdir -p build/docs
	doxygen Doxyfile

format: ## Format every tracked source
	@scripts/setup lint
	git ls-files '*.h' '*.cpp' | xargs clang-format-19 -i

asan tsan: ## Build with the sanitizers and run every test that they can judge
	@scripts/setup run test sanitize
	cmake --preset $@ --log-level=NOTICE
	cmake --build --preset $@ -j $(JOBS)
	$(RUN_TESTS) --preset $@ && scripts/slowest build/$@/tests.xml

install: build ## Install the program and the library (PREFIX=/usr/local)
	cmake --install build/release --prefix $(PREFIX)

clean: ## Remove everything that was built
	rm -rf build
