#!/bin/bash
# Tests of `cxr study` on clusters and in places as they are; no Slurm is needed.
#   study_cluster_test.sh clusters|jobs|places CXR MODELS MPIEXEC NUMPROC_FLAG
. "$(dirname "$0")/expectations.sh"
study=$(dirname "$script")/small_study.toml
root=$(dirname "$script")/../..

# Steps of a study in a state.
steps_in() { # OUT STATE
  "$cxr" study status "$1" --json | grep -c "\"state\": \"$2\""
}

# Commands of a Slurm that only writes down what it is asked for. MODE says how its sbatch is: notice, banner; lost: takes the job and times out;
# busy: times out twice a job before it takes it; down: takes nothing. The queue can't be asked while $FAKE/mute exists.
make_fake_slurm() {
  export FAKE=$PWD/fake CXR_SLURM_PATIENCE=2
  mkdir -p fake/bin
  cat >fake/bin/sbatch <<'EOF'
#!/bin/bash
for word in "$@"; do
  case $word in
    --job-name=*) name=${word#*=};;
    --comment=*) comment=${word#*=};;
    --chdir=*) folder=${word#*=};;
    --array=*) tasks=${word#--array=0-} tasks=${tasks%%%*};;
    *.sbatch) script=$word; break;;
  esac
done
time_out() { echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1; }
[ "$MODE" != down ] || time_out
calls=$(($(cat "$FAKE/calls" 2>/dev/null || echo 0) + 1))
echo $calls >"$FAKE/calls"
[ "$MODE" != busy ] || [ $((calls % 3)) -eq 0 ] || time_out
number=$((101 + $(cat "$FAKE/submitted" 2>/dev/null | wc -l)))
echo "$number $*" >>"$FAKE/submitted"
if [ -n "$tasks" ]; then
  for task in $(seq 0 "$tasks"); do echo "${number}_$task|PENDING|Priority|$name|$comment|$folder"; done
else
  echo "$number|PENDING|Priority|$name|$comment|$folder"
fi >>"$FAKE/queue"
[ "$MODE" != lost ] || time_out
[ "$MODE" != notice ] || echo 'sbatch: no partition specified, using default partition all_serial' >&2
[ "$MODE" != banner ] || printf -- '-----\n Welcome to the 2 Supercomputers\n-----\n\nNo reservation for this job\n--> Verifying jobname...OK\n'
echo $number
EOF
  cat >fake/bin/squeue <<'EOF'
#!/bin/bash
[ ! -e "$FAKE/mute" ] || { echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1; }
echo 'A notice of the site: 3 nodes are down'
case "$*" in
  *'--format=%i|%k'*) awk -F'|' '{ print $1 "|" $5 }' "$FAKE/queue";;
  *) cat "$FAKE/queue" 2>/dev/null;;
esac
exit 0
EOF
  printf '#!/bin/bash\nwhile [[ $1 == -* ]]; do shift; done\nexec "$@"\n' >fake/bin/srun # the only rank
  printf '#!/bin/bash\necho "requeue $*" >>"$FAKE/requeued"\n' >fake/bin/scontrol
  chmod +x fake/bin/*
  PATH=$PWD/fake/bin:$PATH
  printf '%s\n' '[study]' 'title = "t"' '[inputs]' "models = \"$models\"" '[lists]' 'sizes = [{size = 64}, {size = 128}, {size = 192}]' \
    '[[step]]' 'name = "set-{size}"' 'for = "sizes"' 'what = "w"' 'command = "prep phantom --n 2 --size {size}"' 'out = "set-{size}.h5"' \
    '[[step]]' 'name = "reconstruct"' 'what = "w"' 'command = "reconstruct --model {models} --images {out.set-64}"' 'out = "runs/r"' >jobs.toml
}

submit_study() { # MODE OPTION...
  export MODE=$1
  shift
  command=("$cxr" study run jobs.toml --out o --launcher slurm "$@")
}

jobs_taken() { wc -l <fake/submitted; }

# A job that Slurm took is known, whatever its commands print and however busy they are; nothing is submitted twice.
test_clusters() {
  make_fake_slurm
  for mode in none notice banner lost busy; do
    rm -rf o fake/submitted fake/queue fake/calls
    submit_study $mode
    expect 0 "${command[@]}"
    [ "$(jobs_taken)" -eq 2 ] || fail "$mode: $(jobs_taken) jobs in place of an array and a job"
    grep -q '"job": "101_2"' o/steps/set-192.json || fail "$mode: the array's number is not known"
    grep -q '"job": "102"' o/steps/reconstruct.json || fail "$mode: the job's number is not known"
    grep -q -- '--dependency=afterok:101_0' fake/submitted || fail "$mode: the job does not wait for its task"
    "$cxr" study status o >status
    [ "$(grep -c 'pending (Priority)' status)" -eq 4 ] || fail "$mode: the queue is not read"
    expect 0 "${command[@]}"
    [ "$(jobs_taken)" -eq 2 ] || fail "$mode: what was queued is submitted again"
    [ -z "$(ls o/jobs/*.asked 2>/dev/null)" ] || fail "$mode: a note of what is known is left"
  done
  touch fake/mute # whether they are still queued is not to be known
  expect 1 "${command[@]}"
  grep -q 'squeue: .*Unable to contact slurm controller.*nothing was submitted' stderr || fail "nothing is said of the queue"
  [ "$(jobs_taken)" -eq 2 ] || fail "what may be queued is submitted again"
  expect 0 "$cxr" study status o

  rm -rf o fake/submitted fake/queue fake/mute
  submit_study down
  expect 1 "${command[@]}"
  grep -q "no job's number after" stderr || fail "nothing is said of an sbatch that times out for good"
  submit_study none
  expect 0 "${command[@]}"
  [ "$(jobs_taken)" -eq 2 ] || fail "the same command does not go on once Slurm answers"
  rm -rf o fake/submitted fake/queue
  touch fake/mute
  submit_study lost # taken, and not known
  expect 1 "${command[@]}"
  expect 1 "${command[@]}"
  [ "$(jobs_taken)" -eq 1 ] || fail "submitted again before the queue could be asked"
  rm fake/mute
  submit_study none
  expect 0 "${command[@]}"
  grep -q 'of an earlier launch' stderr || fail "the job of an earlier launch is not found"
  [ "$(jobs_taken)" -eq 2 ] || fail "the job of an earlier launch is forgotten"
  grep -q -- '--dependency=afterok:101_0' fake/submitted || fail "nothing waits for the job of an earlier launch"

  ln -s "$root/slurm" slurm
  for mode in none notice banner lost busy; do
    rm -f fake/submitted fake/queue fake/calls
    MODE=$mode CXR_SLURM_PATIENCE=20 expect 0 slurm/submit.sh phantom SD XRV INCEPTION images.h5 study --ntasks=2
    grep -qx 'ranks: job 101; tables, once they are done: job 102' stdout || fail "submit.sh, $mode: the jobs are not known"
    [ "$(jobs_taken)" -eq 2 ] || fail "submit.sh, $mode: $(jobs_taken) jobs"
  done
  MODE=down expect 1 slurm/submit.sh phantom SD XRV INCEPTION images.h5 study
}

# What jobs are asked for, and what their script does, without a Slurm.
test_jobs() {
  make_fake_slurm
  refused 'no plan\|a plan' study run jobs.toml --out o --launcher slurm --plan jobs.toml
  printf '%s\n' 'partition = "gpu"' 'account = "a"' 'gres = "gpu:a100"' 'gpus-per-node = 2' 'cpu-partition = "cpu"' 'cpu-account = "b"' \
    'ranks = 2' 'pack = 20' >site.toml
  printf '[{"name": "reconstruct", "start_seconds": 10, "seconds_alone": 3610, "ranks": 1, "seconds": 3610}]' >plan.json
  submit_study none --site site.toml --device cuda --plan plan.json
  expect 0 "${command[@]}"
  [ "$(jobs_taken)" -eq 2 ] || fail "the sets are not packed into a job"
  grep -q -- '--partition=cpu --account=b .*step.sbatch .*/o --pack set-64 set-128 set-192$' fake/submitted || fail "no pack on CPUs"
  sed -n 1p fake/submitted | grep -q 'gpu' && fail "the sets ask for a GPU"
  # Twice 3610 s, ten minutes, and the signal's five.
  sed -n 2p fake/submitted | grep -q -- '--time=02:16:00 .*--partition=gpu --account=a .*--gres=gpu:a100:2' || fail "no planned time, or no GPUs"
  sed -n 2p fake/submitted | grep -q -- '--dependency=afterok:101 ' || fail "the step does not wait for the pack"

  # The pack's own script: what fails stops no other; what is done is not done again.
  export SLURM_NTASKS=1 SLURM_CPUS_PER_TASK=1 SLURM_JOB_ID=101
  local step=("$root/slurm/step.sbatch" "$PWD/o" --pack set-64 set-128 reconstruct)
  cp o/jobs/site.sh usual.sh
  sed -i 's/CXR_DEVICE=cuda/CXR_DEVICE=cpu/' usual.sh
  cp usual.sh o/jobs/site.sh
  expect 0 bash "${step[@]}"
  [ "$(steps_in o done)" -eq 3 ] || fail "the pack's steps are not done"
  rm o/set-128.h5
  expect 0 bash "${step[@]}"
  grep -q '"launches": 1' o/steps/set-64.json && grep -q '"launches": 1' o/steps/set-128.json && [ -e o/set-128.h5 ] || fail "not what was missing is made"

  # Modules: behind the lines, one of which may define `module`; not under set -u; one that fails ends the job.
  printf '%s\n' 'modules = ["gcc/12"]' 'lines = ["module() { [ \"$2\" = gcc/12 ] && echo \"loads $2 $UNSET_NAME\" >&2; }"]' >site.toml
  rm -rf o fake/submitted fake/queue
  submit_study none --site site.toml
  expect 0 "${command[@]}"
  expect 0 bash "$root/slurm/step.sbatch" "$PWD/o" set-64
  grep -q 'loads gcc/12' stderr || fail "the module is not loaded"
  sed -i 's|modules = .*|modules = ["gcc/99"]|' site.toml
  rm -rf o fake/submitted fake/queue
  expect 0 "${command[@]}"
  expect 1 bash "$root/slurm/step.sbatch" "$PWD/o" set-64
  grep -q 'modules: cannot load gcc/99' stderr || fail "nothing says that a module failed"
  [ ! -e o/set-64.h5 ] || fail "the step ran without its module"
  : >fake/queue
  "$cxr" study status o >status
  grep -q 'set-64 .*job 101_0 ended before it began' status || fail "the status does not say that the job ended early"
}

# Where a study is run: each a line with the place, what was expected and what was found.
test_places() {
  local run=(study run "$study" --set "models=$models" --out)
  ln -s nowhere dangling
  refused 'dangling: expected .*found a link to nowhere, which does not exist' "${run[@]}" dangling
  refused 'dangling: expected' "${run[@]}" dangling --dry-run
  refused '/sys/o: expected a folder that can be written, found' "${run[@]}" /sys/o
  touch file
  refused 'file/o: expected' "${run[@]}" file/o
  refused 'link to nowhere' study run "$study" --set models=dangling --out o
  TMPDIR=$PWD/absent refused 'TMPDIR: .*expected a folder' study plan "$study" --set "models=$models"
  mkdir gone
  cd gone
  rmdir ../gone
  "$cxr" study run "$study" --out o >"$work/stdout" 2>"$work/stderr"
  local status=$?
  cd "$work" || exit 1
  [ $status -eq 2 ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q 'expected .*found' stderr || fail "a deleted working folder is not said in a line"

  # A copy of a study of the program's finds the recipes and models beside the original.
  mkdir copies
  cp "$root"/experiments/studies/*.toml copies
  expect 0 "$cxr" study run copies/demo.toml --dry-run --out o
  grep -q 'missing' stdout && fail "the copy of demo.toml misses its models"
  expect 0 "$cxr" study run copies/chambon2022.toml --dry-run --out o
  grep -q 'recipes:' stdout && fail "the copy of chambon2022.toml misses its recipes"
  # All that is missing at once, drawn and run.
  for input in mimic mimic-reports chexpert laion few few-labels sd xrv inception pubmedbert; do
    grep -q "^  $input: .*which does not exist" stdout || fail "--dry-run does not list $input"
  done
  refused 'inputs, mimic: expected.* missing: mimic, .*chexpert.*few-labels' study run copies/chambon2022.toml --out o
  printf '%s\n' '[study]' 'title = "t"' '[inputs]' 'a = "one"' 'b = "two"' '[[step]]' 'name = "s"' 'what = "w"' \
    'command = "prep reports --root {a} --tables {b}"' 'out = "r.h5"' >untimed.toml
  expect 0 "$cxr" study plan untimed.toml
  grep -q 'missing: a: .*/one' stderr && grep -q 'missing: b: .*/two' stderr || fail "the plan does not list what is missing"
  # --set, and what else takes a list, leave the study's name to itself.
  expect 0 "$cxr" study run --set "models=$models" "$study" --dry-run --out o
  expect 0 "$cxr" study run --set "models=$models" steps=3 "$study" --only 'prep-*' --out o --dry-run
  expect 0 "$cxr" study run --out o --only 'prep-*' "$study" --set "models=$models" --dry-run
  refused 'absent.toml' study run --set "models=$models" absent.toml --dry-run
  refused 'study: expected a study file' study run --set "models=$models" --dry-run
}

test_"$case"
[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
