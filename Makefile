# The front door: each target is a script or a CMake preset. `make` lists them.
# CXR_DEPS=DIR shares the wheels of scripts/setup.sh between clones; CMAKE_BUILD_PARALLEL_LEVEL=N sets the jobs.
SHELL := /bin/bash
PREFIX ?= /usr/local
FUZZ_RUNS ?= 1000000
CXR_DEPS := $(if $(CXR_DEPS),$(abspath $(CXR_DEPS)))
export CXR_DEPS

.PHONY: help setup build demo test test-gpu combinations faults asan fuzz bench format tidy install clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup:  ## install what the build needs (packages as root, LibTorch's wheels under .deps)
	@scripts/setup.sh

build: setup  ## build the program: build/cxr
	@scripts/build.sh release cxr

demo: build  ## run the built-in study on phantoms; results in demo/
	@scripts/step.sh "Running the demo study" build/cxr demo --out demo

# One test more than cores: many of them wait.
test: setup  ## build everything and run the tests
	@scripts/build.sh release all
	@scripts/step.sh "Running the tests" ctest --preset release --parallel "$$(($$(nproc) + 1))"

test-gpu: setup  ## run the tests that need a GPU
	@scripts/build.sh cuda all
	@scripts/step.sh "Running the tests that need a GPU" ctest --preset cuda

N ?= 500
SEED ?= 1
combinations: setup  ## try N (500) random combinations of options, from SEED (1); DEVICE=cuda: on the simulated GPU
	@scripts/build.sh release cxr cxr_combinations cxr_combinations_on_simulated_gpu
	@scripts/combinations.sh build $(N) $(SEED) $(DEVICE)

faults: setup  ## let every file operation of every command fail, kill ranks, damage files; tables in build/faults/
	@scripts/build.sh release cxr cxr_failing_calls
	@scripts/faults.sh build $(SEED)

asan: setup  ## run the tests under the address and undefined-behaviour sanitizers
	@scripts/build.sh asan all
	@scripts/step.sh "Running the tests under the sanitizers" ctest --preset asan

fuzz:  ## run each fuzz target FUZZ_RUNS times (1000000)
	@scripts/setup.sh fuzz
	@scripts/build.sh fuzz fuzz_targets
	@scripts/fuzz.sh build-fuzz $(FUZZ_RUNS)

bench:  ## benchmark the parts, then side by side with the Python peers
	@scripts/setup.sh bench
	@scripts/build.sh release cxr benchmarks
	@benchmarks/run.sh

format:  ## format the sources (scripts/format.sh --check only looks)
	@scripts/format.sh

tidy:  ## run clang-tidy over the sources
	@scripts/setup.sh tidy
	@scripts/step.sh "Running clang-tidy" scripts/tidy.sh

install: setup  ## install the program and the CMake package under PREFIX (/usr/local)
	@scripts/build.sh release cxr
	@scripts/step.sh -q "Installing under $(PREFIX)" cmake --install build --prefix "$(PREFIX)"

clean:  ## remove the build folders and the demo's results; .deps stays
	rm -rf build build-* demo
