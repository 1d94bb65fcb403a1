#!/usr/bin/env bash
# The whole comparison: Google Benchmark of the layers, then both programs side by side on the same weights and threads.
# The Python peers live in a throw-away environment, .deps/peers (scripts/setup.sh bench). Options go to side_by_side.py.
set -euo pipefail
cd "$(dirname "$0")/.."
deps=${CXR_DEPS:-$PWD/.deps}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}
build/bin/cxr_bench_layers --benchmark_min_time=1
exec "$deps/peers/bin/python" benchmarks/side_by_side.py "$@"
