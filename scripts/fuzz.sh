#!/usr/bin/env bash
# fuzz.sh FOLDER RUNS: each fuzz target of a build with the preset "fuzz", RUNS times under libFuzzer, from the committed seeds.
# What it learns stays in FOLDER/corpus, its log and an input that fails in FOLDER/findings.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1 runs=$2
mkdir -p "$folder/findings"

fuzz() { # NAME
  local log=$folder/findings/$1.log
  mkdir -p "$folder/corpus/$1"
  if ! "$folder/bin/cxr_fuzz_$1" -runs="$runs" -seed=1 -rss_limit_mb=4096 -verbosity=0 -print_funcs=0 -print_final_stats=1 \
    -artifact_prefix="$folder/findings/$1-" "$folder/corpus/$1" "tests/fuzz/corpus/$1" >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    return 1
  fi
  grep -E 'executed_units|new_units' "$log"
}

for target in "$folder"/bin/cxr_fuzz_*; do
  name=${target##*/cxr_fuzz_}
  echo "==> Fuzzing $name, $runs runs"
  SECONDS=0
  fuzz "$name"
  echo "    nothing found in $SECONDS s"
done
