#!/usr/bin/env bash
# submit.sh DATASET MODEL CLASSIFIER INCEPTION IMAGES STUDY [SBATCH_OPTION...]: the reconstruction study as two jobs, the second
# of which waits for the first. Call it in the checkout; CXR_LAUNCHER=mpirun where Slurm has no PMIx.
#   slurm/submit.sh chexpert SD XRV INCEPTION chexpert.h5 studies/chexpert --ntasks=16 --partition=cpu
set -eu
[ $# -ge 6 ] || { sed -n 's/^# //p' "$0" >&2; exit 2; }
source "$(dirname "${BASH_SOURCE[0]}")/patience.sh"
study=("${@:1:6}")
comment="cxr-$(date +%s)-$$"
[[ " ${*:7}" != *" --comment"* ]] || comment= # they have their own
options=("${@:7}")
[ "${CXR_LAUNCHER:-srun}" = srun ] || options+=(--signal=B:USR1@180)

ranks=$(submit_job "${comment:+$comment-ranks}" ${options[@]+"${options[@]}"} slurm/reconstruct.sbatch "${study[@]}")
tables=(--dependency="afterok:$ranks" --kill-on-invalid-dep=yes slurm/tables.sbatch "${study[5]}")
if ! job=$(submit_job "${comment:-cxr-$$}-tables" "${tables[@]}"); then
  echo "submit.sh: job $ranks was submitted, its tables were not; for them: sbatch ${tables[*]}" >&2
  exit 1
fi
echo "ranks: job $ranks; tables, once they are done: job $job"
