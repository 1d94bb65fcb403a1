#!/usr/bin/env bash
# submit.sh MODEL CLASSIFIER INCEPTION IMAGES OUT [SBATCH_OPTION...]: the reconstruction study as two jobs, the second of
# which waits for the first. Call it in the checkout; CXR_LAUNCHER=mpirun where Slurm has no PMIx.
#   slurm/submit.sh SD/vae XRV INCEPTION chexpert.h5 runs/chexpert --ntasks=16 --partition=cpu
set -eu
study=("${@:1:5}")
options=("${@:6}")
[ "${CXR_LAUNCHER:-srun}" = srun ] || options+=(--signal=B:USR1@180)

ranks=$(sbatch --parsable "${options[@]}" slurm/reconstruct.sbatch "${study[@]}")
tables=$(sbatch --parsable --dependency="afterok:$ranks" --kill-on-invalid-dep=yes slurm/tables.sbatch "${study[4]}")
echo "ranks: job $ranks; tables, once they are done: job $tables"
