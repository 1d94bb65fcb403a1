#!/usr/bin/env bash
# kill_and_resume.sh TIMES RANKS FOLDER COMMAND...: kills a random rank of a training at a random instant, TIMES times, each time goes
# on with the same command, and compares what is left in the end with an undisturbed run: every file must have the same bytes.
#   scripts/kill_and_resume.sh 100 2 /tmp/killed build/cxr train unet --model models/toy --images set.h5 --steps 60 ...
# COMMAND is without --out; the runs lie in FOLDER. MPIRUN ("mpirun -np") starts the ranks; SEED repeats the instants.
set -euo pipefail
times=$1 ranks=$2 folder=$3
shift 3
read -ra mpirun <<<"${MPIRUN:-mpirun -np}"
RANDOM=${SEED:-$$}
mkdir -p "$folder"

command=("${mpirun[@]}" "$ranks" "$@" --out)

run_whole() { # RUN
  "${command[@]}" "$folder/$1" >"$folder/output" 2>&1 || { cat "$folder/output" >&2 && exit 1; }
}

# The steps from which the run's launches began.
begins() { # RUN
  sed -n 's/.*"event":"start".*"step":\([0-9]*\).*/\1/p' "$folder/$1/log.jsonl" 2>/dev/null
}

steps_done() { # RUN
  awk 'END { print NR - 1 }' "$folder/$1/loss.csv" 2>/dev/null || echo 0
}

# Launches the run and kills one of its ranks, up to ten steps later; fails if the run ends before.
kill_one() { # RUN
  local launch launcher from="" until pids
  launch=$(($(begins "$1" | wc -l) + 1))
  "${command[@]}" "$folder/$1" >"$folder/output" 2>&1 &
  launcher=$!
  until=$((RANDOM % 10))
  while [ -d /proc/$launcher ]; do
    [ -n "$from" ] || from=$(begins "$1" | sed -n "${launch}p")
    [ -n "$from" ] && [ "$(steps_done "$1")" -ge $((from + until)) ] && break
    sleep 0.01
  done
  sleep "0.0$((RANDOM % 100))"
  mapfile -t pids < <(pgrep -P $launcher -x cxr)
  [ ${#pids[@]} -eq 0 ] || kill -KILL "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null || true
  if wait $launcher; then return 1; fi
  echo "killed after step $(steps_done "$1"), in a launch from step ${from:-?}" >&2
}

compare() { # RUN
  diff -rq --exclude=log.jsonl --exclude=.lock "$folder/undisturbed" "$folder/$1" ||
    { echo "$folder/$1 differs from the undisturbed run" >&2 && exit 1; }
}

run_whole undisturbed
killed=0 run=1
while [ $killed -lt "$times" ]; do
  if kill_one "run-$run"; then
    killed=$((killed + 1))
  else # it came to its end
    compare "run-$run"
    rm -r "$folder/run-$run"
    run=$((run + 1))
  fi
done
run_whole "run-$run"
compare "run-$run"
echo "$killed kills in $run runs: nothing was lost or repeated"
