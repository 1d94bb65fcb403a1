# Sourced: Slurm's commands on clusters whose controller is busy at times, or restarts at midnight. Waits grow, 1, 2, 4, 8, 15, 15 … seconds;
#   CXR_SLURM_PATIENCE   seconds in all (60)

# A command, again while it fails and patience lasts.
patiently() { # COMMAND ARGUMENT...
  local left=${CXR_SLURM_PATIENCE:-60} pause=1 status
  while :; do
    status=0
    "$@" || status=$?
    [ $status -ne 0 ] && [ "$left" -gt 0 ] || return $status
    sleep $pause
    left=$((left - pause)) pause=$((pause < 8 ? 2 * pause : 15))
  done
}

# Whether what a command said is of trouble that passes. src/study/slurm_commands.cpp has the same words.
is_passing_trouble() { # TEXT
  grep -qiE 'timed out|unable to contact slurm controller|unable to establish controller|temporarily|try again|busy|connection re(fused|set)|communication connection failure|zero bytes were transmitted|unexpected message received|transport endpoint|(backup|standby) (controller|mode)|slurmdbd|database|protocol authentication error' <<<"$1"
}

# The job's number among notices and banners; nothing if it is not there.
job_number() { # TEXT
  sed -nE 's/^[[:space:]]*([0-9]+)(;[^[:space:]]*)?[[:space:]]*$/\1/p; s/.*Submitted batch job ([0-9]+).*/\1/p' <<<"$1" | tail -n 1
}

# Submits a job and prints its number. After a time-out Slurm may have taken it all the same: the queue is asked for its comment before sbatch is
# called again, so that nothing runs twice. An empty COMMENT: the options have one of their own, by which no job is known for certain.
submit_job() { # COMMENT SBATCH_ARGUMENT...
  local comment=$1 left=${CXR_SLURM_PATIENCE:-60} pause=1 status said errors number jobs is_known
  shift
  errors=$(mktemp) || return
  while :; do
    status=0
    said=$(sbatch --parsable ${comment:+"--comment=$comment"} "$@" 2>"$errors") || status=$?
    cat "$errors" >&2
    number=$(job_number "$said")
    [ -z "$number" ] || break
    if [ $status -ne 0 ] && ! is_passing_trouble "$said$(<"$errors")"; then
      [ -z "$said" ] || echo "$said" >&2
      break
    fi
    is_known=
    until [ -n "$is_known$number" ]; do # never again before it is known that it was not taken
      if [ "$left" -le 0 ] || [ -z "$comment" ]; then
        [ $status -ne 0 ] || status=1
        echo "sbatch gave no job's number, though Slurm may have taken the job: look with squeue --user=$(id -u) --format='%i %j %k'${comment:+ for the comment $comment} before you submit it again" >&2
        break 2
      fi
      sleep $pause
      left=$((left - pause)) pause=$((pause < 8 ? 2 * pause : 15))
      jobs=$(squeue --noheader --user="$(id -u)" --states=all --format='%i|%k') || continue
      number=$(grep -F "|$comment" <<<"$jobs" | sed -n '1s/[|_].*//p')
      [ $status -eq 0 ] || is_known=yes
    done
    [ -z "$number" ] || break
  done
  rm -f "$errors"
  [ -n "$number" ] || return $status
  echo "$number"
}
