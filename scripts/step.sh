#!/usr/bin/env bash
# step.sh [-q] WHAT COMMAND...: says what is being done, does it, says how long it took.
# -q keeps the command's output to itself unless the command fails.
set -uo pipefail
quiet=no
[ "$1" = -q ] && { quiet=yes; shift; }
what=$1; shift

echo "==> $what"
SECONDS=0
if [ $quiet = yes ]; then
  log=$(mktemp); trap 'rm -f "$log"' EXIT
  "$@" >"$log" 2>&1; status=$?
  [ $status -eq 0 ] || cat "$log" >&2
else
  "$@"; status=$?
fi
[ $status -eq 0 ] && echo "    done in $SECONDS s" || echo "    failed after $SECONDS s (exit status $status)" >&2
exit $status
