#!/bin/bash
# combinations.sh BUILD N SEED [cuda]: N random combinations of the program's options (tests/combinations), each on one rank and on up to four, which
# must agree; with cuda on the simulated GPU, which must agree with the processor, on up to two ranks.
set -eu
build=$1 count=$2 seed=$3 device=${4:-}
source "$(dirname "$0")/many_ranks.sh"
if [ -z "$device" ]; then
  exec mpirun -n 4 "$build/bin/cxr_combinations" --program "$build/cxr" --random "$count" --seed "$seed"
fi
export CXR_SIMULATED_GPUS=2
exec mpirun -n 2 "$build/simulated_gpu/combinations" --program "$build/cxr" --device "$device" --random "$count" --seed "$seed"
