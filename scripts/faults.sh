#!/bin/bash
# faults.sh BUILD [SEED]: lets each file operation of each command fail, kills ranks, damages files and fills standard output (tests/faults). The tables go to
# BUILD/faults/*.md, from which docs/reliability.md has its own. All are tried though one fails.
set -u
build=$1 seed=${2:-1}
# More ranks than cores, left unbound, and root in a container; threads that wait give their core to those that work.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe PRTE_MCA_hwloc_default_binding_policy=none OMP_WAIT_POLICY=passive
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
try flips --count 200
try full_stdout
exit $status
