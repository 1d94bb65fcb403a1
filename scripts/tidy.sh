#!/usr/bin/env bash
# tidy.sh [FILE...]: clang-tidy with .clang-tidy's checks over the given sources, or all but the tests'.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f build-debug/compile_commands.json ] || scripts/step.sh -q "Configuring build-debug" cmake --preset debug
files=("$@")
[ ${#files[@]} -gt 0 ] ||
  mapfile -t files < <(git ls-files --cached --others --exclude-standard -- {src,data_prep,experiments,analysis,app}/'*.cpp')

# clang cannot read the precompiled header that g++ makes; the text it was made of, in another place, has the same effect.
database=$(mktemp -d)
trap 'rm -rf "$database"' EXIT
cp build-debug/CMakeFiles/cxr_pch.dir/cmake_pch.hxx "$database"
sed "s|-Winvalid-pch -include [^ ]*cmake_pch.hxx|-include $database/cmake_pch.hxx|" build-debug/compile_commands.json \
  >"$database/compile_commands.json"
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" clang-tidy --quiet -p "$database" \
    2> >(grep -v "warnings generated" >&2)
