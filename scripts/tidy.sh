#!/usr/bin/env bash
# tidy.sh [FILE...]: clang-tidy with .clang-tidy's checks over the given sources, or all but the tests'.
# All of them are read as the unity build's: LibTorch's headers once for six sources, not once for each.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=debug
[ $# -gt 0 ] || preset=tidy
build=build-$preset
[ -f "$build/compile_commands.json" ] || scripts/step.sh -q "Configuring $build" cmake --preset "$preset"

# clang cannot read the precompiled header that g++ makes; the text it was made of, in another place, has the same effect.
database=$(mktemp -d)
trap 'rm -rf "$database"' EXIT
cp "$build/CMakeFiles/cxr_pch.dir/cmake_pch.hxx" "$database"
sed "s|-Winvalid-pch -include [^ ]*cmake_pch.hxx|-include $database/cmake_pch.hxx|" "$build/compile_commands.json" \
  >"$database/compile_commands.json"
files=("$@") options=()
if [ ${#files[@]} -eq 0 ]; then
  mapfile -t files < <(sed -nE "s#^ *\"file\": \"($PWD/(src|data_prep|experiments|analysis|app)/.*|$PWD/$build/.*/Unity/.*)\",?\$#\1#p" \
    "$database/compile_commands.json" | grep -vE "/(tests|benchmarks)/" | sort -u)
  # performance-unnecessary-value-param searches LibTorch's headers once for each function, half of the time: `tidy.sh FILE` has it.
  options=(--extra-arg=-Wno-unknown-warning-option --checks=-bugprone-suspicious-include,-performance-unnecessary-value-param)
fi
headers='/(src|data_prep|experiments|analysis|app)/.*\.(h|cpp)$'
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" \
  clang-tidy --quiet -p "$database" --header-filter "$headers" "${options[@]}" 2> >(grep -v "warnings generated" >&2)
