# Sourced by the batch scripts: how a job starts cxr on its ranks, and what it does when time runs out.
#   CXR_HOME      the checkout; by default the folder that sbatch was called in
#   CXR_LAUNCHER  srun (default), or mpirun where Slurm was built without PMIx

cxr="${CXR_HOME:-$SLURM_SUBMIT_DIR}/build/cxr"
cores=${SLURM_CPUS_PER_TASK:-1}

# Slurm sends the signal of --signal to srun's tasks itself. mpirun is a child of this script, so it needs
# `sbatch --signal=B:USR1@180`; it passes the signal on to its ranks.
on_ranks() { # COMMAND OPTION...
  local status=0
  if [ "${CXR_LAUNCHER:-srun}" = srun ]; then
    srun --mpi=pmix --kill-on-bad-exit=1 --cpus-per-task="$cores" "$cxr" "$@" --threads "$cores" || status=$?
    return $status
  fi
  mpirun --map-by "slot:PE=$cores" "$cxr" "$@" --threads "$cores" &
  local child=$!
  trap 'kill -USR1 $child' USR1
  wait $child || status=$?
  if [ $status -eq $((128 + $(kill -l USR1))) ]; then # the signal ended the wait, not the ranks
    status=0
    wait $child || status=$?
  fi
  trap - USR1
  return $status
}

# 75 means stopped early with everything saved: the same job goes back in the queue. Anything else is final.
requeue_or_exit() { # STATUS
  [ "$1" -ne 75 ] || scontrol requeue "$SLURM_JOB_ID"
  exit "$1"
}
