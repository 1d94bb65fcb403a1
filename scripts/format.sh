#!/usr/bin/env bash
# format.sh [--check]: formats the C++ sources, or names those that are not formatted (exit status 1).
# clang-format's output differs between versions, so the one that .pre-commit-config.yaml pins is installed once from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."

pin=$(grep -o 'clang-format==[0-9.]*' .pre-commit-config.yaml)
tool=${CXR_DEPS:-.deps}/$pin
if [ ! -x "$tool/bin/clang-format" ]; then
  scripts/step.sh -q "Installing $pin" python3 -m pip install --quiet --disable-pip-version-check --no-compile \
    --root-user-action=ignore --target "$tool" "$pin"
fi
mode=(-i)
[ "${1:-}" = --check ] && mode=(--dry-run --Werror)
git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cpp' '*.cu' '*.cuh' |
  PYTHONPATH=$tool xargs -0 "$tool/bin/clang-format" "${mode[@]}"
