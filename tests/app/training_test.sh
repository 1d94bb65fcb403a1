#!/bin/bash
# Tests of `cxr train` as a user types it: that nothing which ends a training costs a step. CXR_TEST_DEVICE is its --device.
#   training_test.sh killed|signal|ranks|hung_rank|out_of_memory|bad_input CXR MODELS MPIEXEC NUMPROC_FLAG
. "$(dirname "$0")/expectations.sh"
scripts=$(dirname "$script")/../../scripts

# A training of 24 steps; a case's own options win over the recipe's.
cat >recipe.toml <<EOF
encoder = "$models/cxr-bert"
clip = "$models"
prompts = "R.h5"
held-out = 6
batch-size = 4
learning-rate = 0.01
warmup-steps = 4
ema-decay = 0.9
accumulation = 2
dtype = "float32"
steps = 24
checkpoint-every = 5
validate-every = 10
write-every = 1
threads = 1
timeout = 60
device = "${CXR_TEST_DEVICE:-cpu}"
EOF
training=("$cxr" train projection --config recipe.toml)

reports() {
  expect 0 "$cxr" prep phantom --reports --per-class 3 --seed 5 --out R.h5
}

on_ranks() { # RANKS RUN OPTION...
  local ranks=$1 run=$2
  shift 2
  command=("${training[@]}" "$@" --out "$run")
  [ "$ranks" -eq 0 ] || command=("${mpirun[@]}" "$ranks" "${command[@]}")
}

# All files but the log are those of the undisturbed run.
same_files() { # RUN
  diff -rq --exclude=log.jsonl --exclude=.lock undisturbed "$1" || fail "$1 differs from the undisturbed run"
}

# The losses of two runs agree but for the rounding of sums, which later steps carry on.
same_losses() { # RUN RUN
  paste -d, "$1/loss.csv" "$2/loss.csv" | awk -F, 'NR > 1 { d = $2 - $6; if (d < 0) d = -d; if ($1 != $5 || d > 1e-5 * $2) exit 1 }
    END { exit NR != 25 }' || fail "$1 and $2 lost otherwise"
}

steps_done() { # RUN
  awk 'END { print NR - 1 }' "$1/loss.csv" 2>/dev/null
}

wait_for_step() { # RUN STEP
  for _ in $(seq 4000); do
    [ "$(steps_done "$1")" -ge "$2" ] 2>/dev/null && return
    sleep 0.01
  done
  fail "$1 never did step $2"
}

# Any rank, at any instant, killed as a machine that goes down.
test_killed() {
  reports
  MPIRUN="${mpirun[*]}" "$scripts/kill_and_resume.sh" 4 2 "$work/runs" "${training[@]}" --shard-optimizer || fail "a kill cost something"
}

test_signal() {
  local ranks signal launcher status
  reports
  for ranks in 0 2; do
    on_ranks $ranks undisturbed --steps 120 # seconds: the signal comes long before the end
    expect 0 "${command[@]}"
    for signal in TERM USR1; do
      on_ranks $ranks stopped --steps 120
      "${command[@]}" >stdout 2>stderr &
      launcher=$!
      wait_for_step stopped 7
      # To the ranks, as Slurm does: mpirun hands SIGUSR1 on to them, but on SIGTERM it kills them, and exits with 1.
      if [ $ranks -eq 0 ]; then kill -$signal $launcher; else pkill -$signal -P $launcher -x cxr; fi
      wait $launcher
      status=$?
      [ $status -eq 75 ] || fail "exit status $status instead of 75 after SIG$signal on $ranks ranks"
      grep -q 'run the same command again' stderr || fail "nothing says how to go on"
      [ "$(steps_done stopped)" -lt 120 ] || fail "the training finished before its signal"
      [ -e "stopped/checkpoints/step-$(printf %08d "$(steps_done stopped)")" ] || fail "the step at hand was not saved"
      expect 0 "${command[@]}"
      same_files stopped
      rm -r stopped
    done
    rm -r undisturbed
  done
}

# The batches of a step are those of all ranks together: a run may go on with others.
test_ranks() {
  reports
  on_ranks 0 undisturbed
  expect 0 "${command[@]}"
  for ranks in 2 4; do
    on_ranks $ranks "on-$ranks"
    expect 0 "${command[@]}"
    same_losses undisturbed "on-$ranks"
    on_ranks $ranks "sharded-$ranks" --shard-optimizer
    expect 0 "${command[@]}"
    cmp "on-$ranks/projection.safetensors" "sharded-$ranks/projection.safetensors" || fail "sharding the optimiser changes its bits"
  done
  on_ranks 3 moved --shard-optimizer --steps 10
  expect 0 "${command[@]}"
  on_ranks 2 moved
  expect 0 "${command[@]}"
  grep -q 'goes on from step 10' stderr || fail "the run on two ranks began anew"
  same_losses undisturbed moved
}

# A rank that does nothing more ends the others within the time that a step may take.
test_hung_rank() {
  local launcher began rank
  reports
  # Nothing but steps: what one rank does alone may take longer.
  on_ranks 2 hung --timeout 3 --steps 100000 --checkpoint-every 100000 --validate-every 0 --write-every 0
  "${command[@]}" >stdout 2>stderr &
  launcher=$!
  wait_for_step hung 3
  rank=$(pgrep -P $launcher -x cxr | tail -n 1)
  kill -STOP "$rank"
  began=$SECONDS
  (sleep 20; kill -CONT "$rank") >/dev/null 2>&1 & # mpirun waits for its children: one that is stopped does not hear
  wait $launcher && fail "a hung rank was taken for success"
  [ $((SECONDS - began)) -le 15 ] || fail "the other rank took $((SECONDS - began)) s to end"
  grep -q 'step .* has taken\|has not been heard of' stderr || fail "nothing says what was waited for"
}

# The memory of a GPU ends in the middle of a step, at each of several allocations: one line says so, and the same command goes on to
# the bits of the undisturbed run.
test_out_of_memory() {
  local at
  reports
  on_ranks 0 undisturbed
  expect 0 "${command[@]}"
  for at in 400 1500 4000; do
    on_ranks 0 short
    CXR_SIMULATED_GPU_FAIL_AT=$at "${command[@]}" >stdout 2>stderr
    [ $? -eq 1 ] || fail "allocation $at failed, and the training did not"
    grep -q 'cxr: out of memory while step [0-9]*: raise --accumulation' stderr || fail "nothing says that memory ended"
    [ "$(grep -c '^cxr:' stderr)" -eq 1 ] || fail "not one line"
    expect 0 "${command[@]}"
    same_files short
    rm -r short
  done
}

test_bad_input() {
  local launcher
  reports
  on_ranks 0 run
  expect 0 "${command[@]}"
  refused '--steps: expected at least 24.*found 20' "${training[@]:1}" --steps 20 --out run
  expect 2 "${mpirun[@]}" 2 "${training[@]}" --batch-size 1 --out small
  grep -q -e '--batch-size: expected at least 2' stderr || fail "a batch smaller than the ranks was taken"
  sed 's/^learning-rate/learning_rate/' recipe.toml >misspelt.toml
  refused 'learning_rate.*the nearest is learning-rate' train projection --config misspelt.toml --out run2
  refused 'seed: expected 0.*found 1' "${training[@]:1}" --seed 1 --out run
  [ -e small/checkpoints ] || [ -e run2 ] && fail "a refused command left something"

  on_ranks 0 owned --steps 100000
  "${command[@]}" >/dev/null 2>&1 &
  launcher=$!
  wait_for_step owned 3
  expect 1 "${command[@]}"
  grep -q "another launch works on this run (process $launcher" stderr || fail "two launches work on one run"
  kill -TERM $launcher
  wait $launcher
  [ $? -eq 75 ] || fail "the second launch disturbed the first"
}

"test_$case"
exit $((failures > 0))
