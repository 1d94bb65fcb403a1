#!/usr/bin/env bash
# build.sh PRESET TARGET...: configures with a preset of CMakePresets.json where that has not been done, and builds.
# Parallel jobs: CMAKE_BUILD_PARALLEL_LEVEL, or one a core, as long as each has 2 GB (what a source file with torch takes).
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1; shift
folder=build-$preset
[ "$preset" = release ] && folder=build

jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-}
if [ -z "$jobs" ]; then
  memory=$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
  group_limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  [ "$group_limit" = max ] || memory=$((group_limit / 1073741824 < memory ? group_limit / 1073741824 : memory))
  jobs=$(nproc)
  [ "$jobs" -le $((memory / 2)) ] || jobs=$((memory < 4 ? 1 : memory / 2))
fi

# A cache that was made for another CXR_DEPS is configured again; otherwise the build does that by itself when it must.
wanted=${CXR_DEPS:-}
if [ ! -f "$folder/build.ninja" ] || ! grep -qx "CXR_DEPS:PATH=$wanted" "$folder/CMakeCache.txt"; then
  scripts/step.sh -q "Configuring $folder" cmake --preset "$preset"
fi
# A terminal shows ninja's own progress line; elsewhere only warnings and errors are of use.
quiet=; [ -t 1 ] || quiet=--quiet
scripts/step.sh "Building $* with $jobs jobs" cmake --build "$folder" --parallel "$jobs" --target "$@" -- $quiet
