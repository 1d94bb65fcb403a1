#!/bin/bash
# combinations.sh BUILD N SEED [cuda]: N random combinations of the program's options (tests/combinations), each on one rank and on up to four, which
# must agree; with cuda on the simulated GPU, which must agree with the processor, on up to two ranks.
set -eu
build=$1 count=$2 seed=$3 device=${4:-}
# More ranks than cores, left unbound, and root in a container; threads that wait give their core to those that work.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe PRTE_MCA_hwloc_default_binding_policy=none OMP_WAIT_POLICY=passive
if [ -z "$device" ]; then
  exec mpirun -n 4 "$build/bin/cxr_combinations" --program "$build/cxr" --random "$count" --seed "$seed"
fi
export CXR_SIMULATED_GPUS=2
exec mpirun -n 2 "$build/simulated_gpu/combinations" --program "$build/cxr" --device "$device" --random "$count" --seed "$seed"
