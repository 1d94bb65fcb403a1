#!/usr/bin/env bash
# submit.sh DATASET MODEL CLASSIFIER INCEPTION IMAGES STUDY [SBATCH_OPTION...]: the reconstruction study as two jobs, the second
# of which waits for the first. Call it in the checkout; CXR_LAUNCHER=mpirun where Slurm has no PMIx.
#   slurm/submit.sh chexpert SD XRV INCEPTION chexpert.h5 studies/chexpert --ntasks=16 --partition=cpu
set -eu
[ $# -ge 6 ] || { sed -n 's/^# //p' "$0" >&2; exit 2; }
study=("${@:1:6}")
options=("${@:7}")
[ "${CXR_LAUNCHER:-srun}" = srun ] || options+=(--signal=B:USR1@180)

ranks=$(sbatch --parsable "${options[@]}" slurm/reconstruct.sbatch "${study[@]}")
tables=$(sbatch --parsable --dependency="afterok:$ranks" --kill-on-invalid-dep=yes slurm/tables.sbatch "${study[5]}")
echo "ranks: job $ranks; tables, once they are done: job $tables"
