#!/bin/bash
# Tests of `cxr study` as a user types it.
#   study_test.sh local|slurm|paper|private|bad_input CXR MODELS MPIEXEC NUMPROC_FLAG
. "$(dirname "$0")/expectations.sh"
study=$(dirname "$script")/small_study.toml
root=$(dirname "$script")/../..

# The study in folder OUT; further options follow.
run_study() { # OUT OPTION...
  command=("$cxr" study run "$study" --set "models=$models" --out "$@")
}

# Steps of a study in a state.
steps_in() { # OUT STATE
  "$cxr" study status "$1" --json | grep -c "\"state\": \"$2\""
}

# The datasets that the steps made are those of the undisturbed run's; paths and times in other files differ.
same_study() { # OUT
  for file in few.h5 phantoms.h5 runs/{reconstruct,classify-original,classify-reconstruction,samples-adapted,scores-adapted}/results.h5 \
    runs/train/unet/diffusion_pytorch_model.safetensors tables/tables.csv; do
    cmp "undisturbed/$file" "$1/$file" || fail "$file of $1 differs from the undisturbed run's"
  done
}

# Every step once; a second launch has nothing to do; one that was killed goes on; what an input changes is made again.
test_local() {
  run_study undisturbed --ranks 2
  expect 0 "${command[@]}"
  [ "$(steps_in undisturbed done)" -eq 11 ] || fail "not all steps are done"
  grep -q '| Pleural Effusion' undisturbed/tables/tables.md || fail "no table"
  expect 0 "$cxr" study run undisturbed --dry-run
  grep -q '▶' stdout && fail "something is to do in a study that is done"

  run_study killed --ranks 2
  "${command[@]}" >stdout 2>stderr &
  local runner=$!
  for _ in $(seq 1200); do
    [ "$(awk 'END { print NR }' killed/runs/train/loss.csv 2>/dev/null)" -gt 5 ] 2>/dev/null && break
    sleep 0.05
  done
  kill -INT $runner # as Ctrl-C, which reaches the runner alone: its steps are process groups of their own
  wait $runner
  [ $? -eq 75 ] || fail "the runner did not exit with 75 at SIGINT"
  grep -q 'train *begun' stderr || fail "the training is not said to be begun"
  expect 0 "${command[@]}"
  grep -q '"launches": 2' killed/steps/train.json || fail "the training did not go on"
  same_study killed

  expect 0 "$cxr" study run killed --force 'classify-original'
  ls killed/superseded/classify-original-*/results.h5 >/dev/null || fail "the result that was made again is gone"
  same_study killed
  run_study killed --ranks 2 --set steps=10 --only train
  expect 0 "${command[@]}"
  run_study killed --dry-run --set steps=10
  expect 0 "${command[@]}"
  grep -q 'stale  samples-adapted.*out.train changed' stdout || fail "what reads another training is not stale"
  grep -q 'done   reconstruct' stdout || fail "what does not is"
}

# On a Slurm of two nodes: jobs that wait for each other, a training on both that a job of the urgent partition pushes out, by srun and by mpirun.
test_slurm() {
  if [ -z "${SLURM_CONF:-}" ]; then
    "$(dirname "$script")/../support/small_slurm.sh" "$work/slurm" 2 "$script" slurm "$cxr" "$models" "${mpirun[@]}"
    exit
  fi
  local long=(--set steps=150) # long enough to be pushed out
  run_study undisturbed --ranks 2 "${long[@]}"
  expect 0 "${command[@]}"
  for launcher in srun mpirun; do
    cat >site.toml <<EOF
launcher = "$launcher"
ranks = 2
cpus-per-rank = 1
memory-per-cpu = "0"
time = "00:20:00"
signal-seconds = 60
lines = ["#SBATCH --ntasks-per-node=1"]
EOF
    run_study $launcher "${long[@]}" --launcher slurm --site site.toml
    expect 0 "${command[@]}"
    grep -q 'prep-few and 1 more' stderr || fail "the sets are no array"
    for _ in $(seq 1200); do
      [ "$(awk 'END { print NR }' $launcher/runs/train/loss.csv 2>/dev/null)" -gt 5 ] 2>/dev/null && break
      sleep 0.1
    done
    "$cxr" study status $launcher | grep -q 'train *running' || fail "the training is not said to run"
    squeue --noheader --states=running --format=%D | grep -qx 2 || fail "the training is not on two nodes"
    sbatch --partition=urgent --exclusive --wrap "sleep 1" --output=/dev/null >/dev/null
    for _ in $(seq 1800); do
      [ -e $launcher/tables/tables.csv ] && [ -z "$(squeue --noheader)" ] && break
      sleep 0.1
    done
    "$cxr" study status $launcher
    [ "$(steps_in $launcher done)" -eq 11 ] || fail "not all steps are done by $launcher"
    grep -q '"launches": 2' $launcher/steps/train.json || fail "the training was not pushed out and put back by $launcher"
    same_study $launcher
    [ $failures -eq 0 ] || tail -n 5 $launcher/jobs/*.log $launcher/logs/*.log
  done
}

# The paper's own study, all of it but the distances by Inception, on stand-ins for its data.
test_paper() {
  expect 0 env CXR="$cxr" "$root/scripts/rehearse.sh" . --set inception=
  [ "$(steps_in study done)" -eq 139 ] || fail "not all steps are done"
  for table in 'Table 1\. .*MIMIC-CXR' 'Table 6\. .*CheXpert' 'Table 2\. ' 'Table 3\. ' 'Table 5\. .*Pleural Effusion' 'Further measures.*style prompt'; do
    grep -q "^### $table" study/tables/tables.md || fail "no $table"
  done
  for row in PubMedBERT ClinicalBERT SapBERT RadBERT CXR-BERT-general CXR-BERT-specialized CLIP 'Stable Diffusion' 'Token embedding, style, lung' \
    'CXR-BERT-specialized, token-level projection' 'U-Net, no findings and abnormality with prior'; do
    grep -q "^| $row " study/tables/tables.md || fail "no row $row"
  done
  for file in report.html reader-study/reader_study.html reader-study/key.csv figures/figure1-original-and-best.png figures/figure7-tsne-sapbert.svg; do
    [ -s "study/$file" ] || fail "no $file"
  done
  grep -q 'Every image, report and weight is a stand-in' study/report.html || fail "the report does not say that it is a rehearsal"
  grep -rqE 'p1000[0-9]{4}|is seen, image' study/logs study/report.html study/tables && fail "a patient or a report is in what is said of the study"
}

# Canaries in place of patients: none of them in what a private study says, logs, tabulates or reports.
test_private() {
  local patient=p19283746 subject=19283746 study_id=s59182736 image=0a1b2c3d-4e5f6071-8293a4b5-c6d7e8f9-00112233 name='canary jane'
  local words='canarylike opacity'
  mkdir -p "mimic/files/p19/$patient/$study_id" few
  "$cxr" prep phantom --n 2 --size 64 --seed 3 --out two.h5 2>/dev/null
  python3 "$root/tests/app/make_private_data.py" mimic few "$patient" "$study_id" "$image" "$name" "$words" || fail "no data"
  cat >private.toml <<EOF
[study]
title = "A private study"
private = true
[inputs]
mimic = "mimic"
few = "few"
models = "$models"
[[step]]
name = "images"
what = "Radiographs"
command = "prep mimic --root {mimic} --n 4 --size 64 --max-bad 0.9"
out = "images.h5"
[[step]]
name = "folder"
what = "Pictures, some damaged"
command = "prep folder --root {few} --n 4 --size 64 --max-bad 0"
out = "few.h5"
[[step]]
name = "reports"
what = "Reports"
command = "prep reports --root {mimic}/files --tables {mimic}"
out = "reports.h5"
[[step]]
name = "embed"
what = "Vectors of them"
command = "embed --encoder {models}/bert --extraction cls --reports {out.reports}"
out = "runs/embed"
[[step]]
name = "retrieve"
what = "Neighbours"
command = "retrieve --embeddings {out.embed} --reports {out.reports} -k 1"
out = "runs/retrieve"
[[step]]
name = "draw"
what = "Reports as prompts, longer than 77 tokens"
command = "generate --model {models} --prompts {out.reports} --n 1 --steps 1 --scheduler ddim --height 64 --width 64"
out = "runs/draw"
[[step]]
name = "reconstruct"
what = "Reconstructions"
command = "reconstruct --model {models} --images {out.images}"
out = "runs/reconstruct"
[[step]]
name = "classify-original"
what = "Scores"
command = "classify --classifier {models}/xrv --images {out.images}"
out = "runs/classify-original"
[[step]]
name = "classify-reconstruction"
what = "Scores"
command = "classify --classifier {models}/xrv --images {out.reconstruct}"
out = "runs/classify-reconstruction"
[[step]]
name = "diversity"
what = "The nearest"
command = "diversity --images {out.reconstruct} --training {out.images}"
out = "measures/diversity.json"
[[step]]
name = "tables"
what = "Tables"
command = "tables . --resamples 20"
out = "tables"
results = true
[[step]]
name = "figures"
what = "Figures"
command = "figures ."
out = "figures"
results = true
[[step]]
name = "report"
what = "Report"
command = "report ."
out = "report.html"
results = true
after = ["tables", "figures"]
[[arm]]
dataset = "mimic"
images = "{out.images}"
reconstruct = "{out.reconstruct}"
classify_original = "{out.classify-original}"
classify_reconstruction = "{out.classify-reconstruction}"
EOF
  umask 022
  expect 1 "$cxr" study run private.toml --out private # the damaged picture fails its step, on purpose
  "$cxr" study status private >status
  [ "$(steps_in private done)" -eq 12 ] || { fail "not twelve steps are done"; cat status; }
  [ "$(steps_in private failed)" -eq 1 ] || fail "the damaged picture did not fail its step"
  "$cxr" study run private --dry-run >plan
  # What people read: terminals, logs, records, tables, figures, the report.
  local read=(stdout stderr status plan private/logs private/steps private/tables private/figures private/report.html private/study.toml private/source.toml)
  while read -r log; do read+=("$log"); done < <(find private -name log.jsonl)
  for canary in "$subject" "${study_id#s}" "$image" canary; do
    grep -rli -e "$canary" "${read[@]}" && fail "$canary is in what people read"
  done
  [ -z "$(grep -o 'data:image/png' private/report.html)" ] || [ "$(grep -c 'figure3-pairs' private/report.html)" -eq 0 ] || fail "radiographs are in the report"
  [ -z "$(find private \( -type f -o -type d \) -perm /077)" ] || { fail "others may read files"; find private -perm /077 | head; }
  # The canaries are there to be found, where they belong.
  grep -q canary private/reports.h5 || fail "the canary never was in the data"
}

test_bad_input() {
  refused 'no such file' study run absent.toml
  refused 'study file' study run .
  refused 'NAME=VALUE' study run "$study" --set models
  refused 'setting or an input' study run "$study" --set colour=red
  refused 'inputs, models: expected a file or folder' study run "$study" --set models=/no/such/folder --out o
  refused 'a step of' study run "$study" --set "models=$models" --only nothing --out o
  for command in 'prep phantom --sise 3' paint 'prep x-rays'; do
    printf '%s\n' '[study]' 'title = "t"' '[[step]]' 'name = "s"' 'what = "w"' "command = \"$command\"" 'out = "o.h5"' >wrong.toml
    refused 'step s, command: expected' study run wrong.toml --out o
  done
  refused 'study that was run' study status . --out o
  echo 'partitoin = "x"' >site.toml
  refused 'unknown key' study run "$study" --set "models=$models" --launcher slurm --site site.toml --out o
  expect 0 "$cxr" study run "$study" --dry-run
  grep -q 'left out' stdout || fail "a study without its input says nothing of it"
  for file in "$root"/experiments/studies/*.toml; do # every command and option of theirs is one
    expect 0 "$cxr" study run "$file" --dry-run --out o
  done
  refused 'inputs, mimic: expected a file or folder' study run "$root/experiments/studies/chambon2022.toml" --out o
  [ ! -e o ] || fail "something was made for a study that was refused"
}

test_"$case"
[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
