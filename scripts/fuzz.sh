#!/usr/bin/env bash
# fuzz.sh FOLDER RUNS: each fuzz target of a build with the preset "fuzz", RUNS times under libFuzzer, from the committed seeds.
# What it learns stays in FOLDER/corpus; an input that fails stays in FOLDER/findings, and is printed.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1 runs=$2
mkdir -p "$folder/findings"
for target in "$folder"/bin/cxr_fuzz_*; do
  name=${target##*/cxr_fuzz_}
  mkdir -p "$folder/corpus/$name"
  scripts/step.sh "Fuzzing $name, $runs runs" "$target" -runs="$runs" -seed=1 -rss_limit_mb=4096 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="$folder/findings/$name-" "$folder/corpus/$name" "tests/fuzz/corpus/$name"
done
