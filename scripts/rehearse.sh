#!/bin/bash
# The paper's study, experiments/studies/chambon2022.toml, on small stand-ins for its data and weights: all of its steps in two minutes of two cores.
# It shows whether a machine or a cluster can run the study; its numbers mean nothing.
#
#   scripts/rehearse.sh FOLDER [OPTION...]     into FOLDER/study, with stand-ins in FOLDER/data; options are `cxr study run`'s
#   scripts/rehearse.sh /scratch/me/rehearsal --launcher slurm --site my-cluster.toml
#
# CXR is the program; by default build/cxr.
set -eu
[ $# -ge 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '/^set/d'; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$1 toy=$root/models/toy
shift
mkdir -p "$folder"
data=$(cd "$folder" && pwd)/data
[ -e "$data/inception.safetensors" ] || python3 "$root/scripts/make_stand_ins.py" "$data"

# The study itself, but for what its report says of it first.
notice='Every image, report and weight is a stand-in: this is a rehearsal, and its numbers mean nothing.'
sed "s/^title = .*/title = \"A rehearsal of Chambon et al. 2022\"\nnotice = \"$notice\"/" "$root/experiments/studies/chambon2022.toml" >"$folder/rehearsal.toml"

# What stands for a model, and numbers that are small; the toys' encoders have fewer poolers than the paper's.
values=(mimic="$data/mimic" mimic-reports="$data/reports.zip" chexpert="$data/chexpert" laion="$data/laion" few="$data/few" few-labels="$data/few.csv"
  sd="$toy" xrv="$toy/xrv" inception="$data/inception.safetensors" pubmedbert="$toy/bert" clinicalbert="$toy/bert" sapbert="$toy/bert"
  radbert="$toy/roberta" cxr-bert-general="$toy/cxr-bert" cxr-bert-specialized="$toy/cxr-bert" recipes="$data/recipes"
  images=56 size=64 reports=3 prompts=1050 samples=4 steps=2 reader-pairs=4 reader-side=64 train-batch=2)
options=(--leave-out embed-radbert-pooler --leave-out embed-cxr-bert-general-pooler)
for value in "${values[@]}"; do options+=(--set "$value"); done
[[ " $* " == *" --device "* ]] || options+=(--device cpu)
[[ " $* " == *" --threads "* ]] || options+=(--threads 1)
exec "${CXR:-$root/build/cxr}" study run "$folder/rehearsal.toml" --out "$folder/study" "${options[@]}" "$@"
