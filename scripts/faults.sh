#!/bin/bash
# faults.sh BUILD [SEED]: lets each file operation of each command fail, kills ranks, damages files and fills standard output (tests/faults). The tables go to
# BUILD/faults/*.md, from which docs/reliability.md has its own. All are tried though one fails.
set -u
build=$1 seed=${2:-1}
source "$(dirname "$0")/many_ranks.sh"
export PYTHONDONTWRITEBYTECODE=1
# In memory where the machine has room there: tens of thousands of runs flush their files.
[ -n "${CXR_TEST_FOLDER:-}" ] || { [ -w /dev/shm ] && export CXR_TEST_FOLDER=/dev/shm; }
library=$(find "$build" -name libcxr_failing_calls.so | head -n 1)
status=0

try() { # SCRIPT ARGUMENT...
  local script=$1
  shift
  echo "==> $script"
  python3 "tests/faults/$script.py" --program "$build/cxr" --seed "$seed" --markdown "$build/faults/$script.md" "$@" || status=1
}

cd "$(dirname "$0")/.." && mkdir -p "$build/faults" || exit 1
try sweep --library "$library" --workers 2
try kills --count 50
try stops --count 20
try stops --library "$library" --count 10 --markdown "$build/faults/hangs.md"
try flips --count 85
try full_stdout
exit $status
