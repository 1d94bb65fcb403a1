# Sourced by the batch scripts: how a job starts cxr on its ranks, and what it does when time runs out.
#   CXR_HOME       the checkout; by default the folder that sbatch was called in
#   CXR_PROGRAM    the program; by default build/cxr of the checkout
#   CXR_LAUNCHER   srun (default), or mpirun where Slurm was built without PMIx
#   CXR_CONTAINER  an Apptainer image to run the program in; by default none

cxr="${CXR_PROGRAM:-${CXR_HOME:-$SLURM_SUBMIT_DIR}/build/cxr}"
cores=${SLURM_CPUS_PER_TASK:-1}

source "$(dirname "${BASH_SOURCE[0]}")/patience.sh"

# What a command begins with to run in the container, if there is one. Bash before 4.4 takes an empty list for an unset name: ${inside[@]+…}
inside=()
[ -z "${CXR_CONTAINER:-}" ] || inside=(apptainer exec --nv "$CXR_CONTAINER")

# Slurm sends the signal of --signal to srun's tasks itself. mpirun is a child of this script, so it needs
# `sbatch --signal=B:USR1@180`; it passes the signal on to its ranks.
start_ranks() { # COMMAND OPTION...
  local status=0
  if [ "${CXR_LAUNCHER:-srun}" = srun ]; then
    srun --mpi=pmix --kill-on-bad-exit=1 --cpus-per-task="$cores" ${inside[@]+"${inside[@]}"} "$cxr" "$@" || status=$?
    return $status
  fi
  mpirun --map-by "slot:PE=$cores" ${inside[@]+"${inside[@]}"} "$cxr" "$@" &
  local child=$! signalled=
  trap 'signalled=yes; kill -USR1 $child' USR1 TERM
  wait $child || status=$?
  while [ -n "$signalled" ]; do # the signal ended the wait, not the ranks
    signalled= status=0
    wait $child || status=$?
  done
  trap - USR1 TERM
  return $status
}

on_ranks() { # COMMAND OPTION...
  start_ranks "$@" --threads "$cores"
}

# 75 means stopped early with everything saved: the same job goes back in the queue. Anything else is final.
requeue_or_exit() { # STATUS
  [ "$1" -ne 75 ] || patiently scontrol requeue "$SLURM_JOB_ID" ||
    echo "cxr: Slurm did not put job $SLURM_JOB_ID back in the queue; what it did is saved, and the same command goes on" >&2
  exit "$1"
}
