# What tests of the program share; sourced with their arguments CASE CXR MODELS MPIEXEC NUMPROC_FLAG. Each works in a folder that
# goes with it, and counts its failures.
set -u
script=$(realpath "$0") case=$1 cxr=$2 models=$3 mpirun=("$4" "$5")
work=$(mktemp -d "${TMPDIR:-/tmp}/cxr-app-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() {
  echo "FAILED: $*" >&2
  [ -s stderr ] && sed 's/^/    stderr: /' stderr >&2
  failures=$((failures + 1))
}

# expect STATUS COMMAND...: stdout and stderr go to files of those names.
expect() {
  local expected=$1 status
  shift
  "$@" >stdout 2>stderr
  status=$?
  [ $status -eq "$expected" ] || fail "exit status $status instead of $expected: $*"
}

# Waits until a launch of the run works through its samples.
wait_for_start() { # RUN [LAUNCH: 1 for the first]
  for _ in $(seq 1200); do
    [ "$(grep -cs '"event":"start"' "$1/log.jsonl")" = "${2:-1}" ] && return
    sleep 0.05
  done
  fail "$1 never started"
}

# refused PATTERN ARGUMENT...: status 2, and one line on stderr that matches.
refused() {
  local pattern=$1
  shift
  expect 2 "$cxr" "$@"
  [ "$(wc -l <stderr)" -eq 1 ] || fail "not one line on stderr: cxr $*"
  grep -q -e "$pattern" stderr || fail "stderr does not say '$pattern': cxr $*"
  [ -s stdout ] && fail "something on stdout: cxr $*"
}
