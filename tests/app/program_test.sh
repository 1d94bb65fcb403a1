#!/bin/bash
# Tests of the program as a user types it:
#   program_test.sh ranks|killed_rank|stopped_rank|signal|slurm|embed|generate|toy_models|bad_input|help CXR MODELS MPIEXEC NUMPROC_FLAG
. "$(dirname "$0")/expectations.sh"

phantoms() { # N
  expect 0 "$cxr" prep phantom --n "$1" --size 64 --seed 7 --threads 1 --out S.h5
}

# Sets `command` to the work of most tests, on so many ranks; 0: without MPI. Results depend on neither the ranks nor the folder.
reconstruct() { # RANKS RUN
  command=("$cxr" reconstruct --model "$models" --images S.h5 --batch-size 2 --threads 1 --out "$2")
  [ "$1" -eq 0 ] || command=("${mpirun[@]}" "$1" "${command[@]}")
}

undisturbed() {
  reconstruct 0 undisturbed
  expect 0 "${command[@]}"
}

same_results() { # RUN
  cmp "undisturbed/results.h5" "$1/results.h5" || fail "$1/results.h5 differs from that of one undisturbed process"
}

test_ranks() {
  phantoms 24
  undisturbed
  for ranks in 1 2 3 4; do
    reconstruct $ranks "mpi$ranks"
    expect 0 "${command[@]}"
    same_results "mpi$ranks"
  done
}

# Begins the run that `command` is and stops it by a signal: some samples are saved, most are left.
begun() { # RUN SIGNAL [SECONDS that it works before the signal]
  local launcher status
  "${command[@]}" >stdout 2>stderr &
  launcher=$!
  wait_for_start "$1"
  sleep "${3:-0}"
  kill -"$2" $launcher
  wait $launcher
  status=$?
  [ $status -eq 75 ] || fail "exit status $status instead of 75 after SIG$2: ${command[*]}"
  grep -q 'run the same command again' stderr || fail "nothing says how to go on"
  [ -e "$1/results.h5" ] && fail "the run finished before its signal"
  ls "$1"/shards/*.h5 >/dev/null || fail "nothing was saved"
}

# The rest of a run that was begun: `command` may have another number of ranks.
goes_on() { # RUN
  expect 0 "${command[@]}"
  grep -q 'goes on with' stderr || fail "the run began anew"
  same_results "$1"
}

# MPI ends the other ranks when one dies, and says which; what was saved before stays.
test_killed_rank() {
  phantoms 300
  undisturbed
  reconstruct 2 killed
  begun killed USR1
  reconstruct 3 killed
  "${command[@]}" >stdout 2>stderr &
  local launcher=$! rank="" began pid
  wait_for_start killed 2
  for pid in $(pgrep -P $launcher); do
    tr '\0' '\n' <"/proc/$pid/environ" | grep -qx OMPI_COMM_WORLD_RANK=1 && rank=$pid
  done
  if [ -z "$rank" ]; then
    fail "no process of rank 1"
    return
  fi
  began=$SECONDS
  kill -KILL "$rank"
  wait $launcher && fail "mpirun took a killed rank for success"
  [ $((SECONDS - began)) -le 10 ] || fail "the other ranks took $((SECONDS - began)) s to end"
  grep -q 'rank 1 .*signal 9' stderr || fail "nothing says that rank 1 was killed"
  [ -e killed/results.h5 ] && fail "the run finished before its rank was killed"
  reconstruct 4 killed
  goes_on killed
}

# A rank that is stopped, wherever in a command, ends the job within the time that it may be silent and 5 s; five times as long is
# allowed where MPI itself starts.
test_stopped_rank() {
  local seconds launcher rank began
  export CXR_HEARTBEAT_SECONDS=1
  phantoms 2000
  for name in reconstruct class_images; do
    case $name in
      reconstruct) command=(reconstruct --images S.h5 --batch-size 1) ;;
      class_images) command=(train unet --images S.h5 --concept "No Finding=1: a photo" --class-prompt "a photo" --class-count 200 --batch-size 4) ;;
    esac
    for seconds in 0.9 2.5; do
      [ $name = class_images ] && [ $seconds = 0.9 ] && continue # it starts as the other does
      rm -rf stopped
      "${mpirun[@]}" 2 "$cxr" "${command[@]}" --model "$models" --threads 1 --out stopped >stdout 2>stderr &
      launcher=$!
      sleep $seconds
      rank=$(pgrep -P $launcher -x cxr | tail -n 1)
      began=$SECONDS
      kill -STOP "$rank"
      (sleep 20; kill -CONT "$rank") >/dev/null 2>&1 & # mpirun waits for its children: one that is stopped does not hear
      wait $launcher && fail "a stopped rank was taken for success: $name"
      [ $((SECONDS - began)) -le 11 ] || fail "$((SECONDS - began)) s until a rank stopped after $seconds s was missed: $name"
      grep -q 'rank . has not been heard of\|the start of MPI has taken' stderr || fail "nothing says which rank was missed: $name after $seconds s"
    done
  done
}

test_signal() {
  phantoms 300
  undisturbed
  reconstruct 0 alone
  begun alone TERM
  reconstruct 3 alone
  goes_on alone
  reconstruct 2 together
  begun together USR1 # which mpirun hands on to all ranks
  reconstruct 0 together
  goes_on together
}

# Under a Slurm of this machine: ranks by srun, then a job that is told to stop, goes back in the queue and finishes.
test_slurm() {
  if [ -z "${SLURM_CONF:-}" ]; then
    "$(dirname "$script")/../support/small_slurm.sh" "$work/slurm" 1 "$script" slurm "$cxr" "$models" "${mpirun[@]}"
    exit
  fi
  phantoms 300
  undisturbed
  reconstruct 0 srun
  expect 0 srun --mpi=pmix --ntasks=2 --overcommit "${command[@]}"
  same_results srun

  mkdir -p home/build
  ln -s "$cxr" home/build/cxr
  ln -s "$(dirname "$script")/../../slurm" home/slurm
  CXR_HOME=$PWD/home expect 0 sbatch --parsable --ntasks=2 --overcommit --cpus-per-task=1 --mem-per-cpu=0 --output=job.log \
    home/slurm/cxr.sbatch reconstruct --model "$models" --images S.h5 --batch-size 2 --out job
  local job=$(<stdout)
  wait_for_start job
  scancel --signal=USR1 "$job"
  for _ in $(seq 480); do
    [ -e job/results.h5 ] && break
    sleep 0.5
  done
  sed 's/^/    job: /' job.log
  [ "$(scontrol show job "$job" | grep -c 'Restarts=1')" -eq 1 ] || fail "the job was not requeued once"
  grep -q 'goes on with' job.log || fail "the requeued job began anew"
  same_results job
}

# Tasks of an srun without PMIx, and ranks of a launcher that this MPI does not understand, would each take themselves for the whole run. A batch
# script has srun's variables too, but is one process.
test_singletons() {
  local task
  for command in 'prep phantom --n 2 --size 64 --out p.h5' "generate --model $models --prompt x --n 1 --out run" 'info absent' 'study run absent.toml'; do
    for task in 0 3; do
      SLURM_JOB_ID=1 SLURM_NPROCS=4 SLURM_PROCID=$task refused 'srun: --mpi: expected a process manager' $command
      SLURM_JOB_ID=1 SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=$task refused 'srun: --mpi: expected a process manager' $command
    done
  done
  PMI_SIZE=4 PMI_RANK=1 refused 'srun: --mpi: expected a process manager' info absent
  [ ! -e p.h5 ] && [ ! -e run ] || fail "one of several singletons made something"
  ENVIRONMENT=BATCH SLURM_JOB_ID=1 SLURM_NPROCS=4 SLURM_PROCID=0 expect 0 "$cxr" prep phantom --n 2 --size 64 --out p.h5
}

# Vectors of texts: the same bytes for any number of ranks, and after a stop.
test_embed() {
  expect 0 "$cxr" prep phantom --reports --per-class 300 --seed 5 --out R.h5
  local encoder=("$cxr" embed --reports R.h5 --batch-size 8 --threads 1)
  local specific=("${encoder[@]}" --encoder "$models/cxr-bert" --extraction specific --out)
  expect 0 "${specific[@]}" undisturbed
  for ranks in 2 3; do
    expect 0 "${mpirun[@]}" $ranks "${specific[@]}" "mpi$ranks"
    same_results "mpi$ranks"
  done
  command=("${mpirun[@]}" 2 "${specific[@]}" stopped)
  begun stopped USR1
  command=("${specific[@]}" stopped)
  goes_on stopped

  for run in bert:pooler roberta:mean clip:pooler clip:specific; do
    expect 0 "${encoder[@]}" --encoder "$models/${run%:*}" --extraction "${run#*:}" --out "run-$run" --tokens --max-length 16
    expect 0 "$cxr" retrieve --embeddings "run-$run" --reports R.h5 --out "retrieve-$run" --json
    grep -q '"macro":' stdout || fail "no macro CheXpert@k of $run"
  done
  refused 'pooler' embed --reports R.h5 --encoder "$models/roberta" --extraction pooler --out run
  refused 'specific' embed --reports R.h5 --encoder "$models/bert" --extraction specific --out run
  refused '--max-length' embed --reports R.h5 --encoder "$models/bert" --max-length 4096 --out run
  refused 'absent' embed --reports R.h5 --encoder absent --out run
  refused '4200' retrieve --embeddings run-bert:pooler --reports R.h5 -k 4200 --out retrieve
}

# Images of prompts: the same bytes for any number of ranks, after a stop between two steps of a batch, and where a shard was lost.
test_generate() {
  local generate=("$cxr" generate --model "$models" --steps 3 --height 64 --width 64 --threads 1)
  local two=("${generate[@]}" --prompt "a photo of a lung xray" "a circle" --n 5 --batch-size 3 --save-latents --out)
  expect 0 "${two[@]}" undisturbed
  for ranks in 2 4; do
    expect 0 "${mpirun[@]}" $ranks "${two[@]}" "mpi$ranks"
    same_results "mpi$ranks"
  done
  [ -s mpi4/contact_sheet.png ] || fail "no contact sheet"
  rm mpi4/results.h5 mpi4/shards/samples-00000003.h5
  command=("${two[@]}" mpi4)
  goes_on mpi4

  rm -r undisturbed
  local began=$SECONDS
  expect 0 "${generate[@]}" --prompt "a circle" --n 240 --batch-size 1 --out undisturbed
  command=("${mpirun[@]}" 2 "${generate[@]}" --prompt "a circle" --n 240 --batch-size 1 --out stopped)
  begun stopped USR1 $(((SECONDS - began) / 8 + 1)) # a signal gives the batch at hand up: the first is over by then
  command=("${generate[@]}" --prompt "a circle" --n 240 --batch-size 1 --out stopped)
  goes_on stopped

  refused 'neither' generate --model "$models" --out run
  refused '--steps' generate --model "$models" --prompt x --steps 0 --out run
  refused 'multiple of' generate --model "$models" --prompt x --height 99 --out run
  refused 'euler' generate --model "$models" --prompt x --scheduler euler --out run
  refused '--encoder' generate --model "$models" --prompt x --projection P.safetensors --out run
  refused '\[1,4,16,16\].*found \[10,4,16,16\]' generate --model "$models" --prompt x --height 64 --width 64 --latents mpi2 --out run
  [ -e run ] && fail "a refused command left a folder"
}

test_toy_models() {
  local bytes=$(find -L "$models" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
  [ "$bytes" -le $((16 * 1024 * 1024)) ] || fail "$bytes bytes of toy models: a clone should stay small"
  expect 0 "$cxr" info "$models"
  grep -q StableDiffusionPipeline stdout || fail "$models is no Stable Diffusion folder"
}

test_bad_input() {
  # An answer that could not be written is no success, and no file of a run takes the number of a closed descriptor.
  "$cxr" --version >/dev/full 2>stderr && fail "an answer was lost without a word"
  grep -q 'standard output' stderr || fail "nothing says that the answer was lost"
  "$cxr" prep phantom --n 2 --size 32 --out closed.h5 0<&- 1>&- 2>&- || fail "prep needs open descriptors"
  expect 0 "$cxr" info closed.h5
  phantoms 4
  : >empty.h5
  head -c 3000 S.h5 >truncated.h5
  cp -r "$models" pointer
  rm -f pointer/vae/*.safetensors pointer/vae/*.bin
  printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 334643268\n' 0 >pointer/vae/diffusion_pytorch_model.safetensors
  printf 'sead = 1\n' >misspelt.toml

  refused 'absent.h5' reconstruct --model "$models" --images absent.h5 --out run
  refused 'empty.h5' reconstruct --model "$models" --images empty.h5 --out run
  refused 'truncated.h5' reconstruct --model "$models" --images truncated.h5 --out run
  refused 'git-lfs\|LFS\|lfs' reconstruct --model pointer --images S.h5 --out run
  refused 'absent-model' reconstruct --model absent-model --images S.h5 --out run
  refused 'S.h5' prep phantom --n 4 --size 64 --out S.h5
  refused 'sead' reconstruct --config misspelt.toml --model "$models" --images S.h5 --out run
  refused '--batch' reconstruct --model "$models" --images S.h5 --out run --batch 3
  refused '--batch-size' reconstruct --model "$models" --images S.h5 --out run --batch-size many
  refused '--model' reconstruct --images S.h5 --out run
  refused 'subcommand.*reconstrict' reconstrict --images S.h5
  refused 'subcommand.*phantoms' prep phantoms --n 4
  refused 'subcommand' prep
  refused 'subcommand'
  refused 'absent' info absent
  [ -e run ] && fail "a refused command left a folder"
}

test_help() {
  local commands command
  expect 0 "$cxr" --version
  expect 0 "$cxr" --help
  commands=$(sed -n '/^Subcommands:/,$ s/^  \([a-z]\+\) .*/\1/p' stdout)
  [ "$(wc -w <<<"$commands")" -ge 10 ] || fail "--help lists few commands: $commands"
  expect 0 "$cxr" prep --help
  for command in $commands 'prep chexpert' 'prep mimic' 'prep folder' 'prep phantom'; do
    expect 0 "$cxr" $command --help
    grep -q "^Usage: cxr" stdout || fail "no usage: cxr $command --help"
    [ -s stderr ] && fail "something on stderr: cxr $command --help"
  done
}

"test_$case"
exit $((failures > 0))
