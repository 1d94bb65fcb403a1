#!/usr/bin/env bash
# setup.sh [--wheels-only | --packages-only] [GROUP...]
#   What the build needs, on Debian 12 and Ubuntu 24.04: the distribution's packages (scripts/packages.txt: group "build"
#   and those named) and LibTorch's wheels (scripts/wheels.txt) in $CXR_DEPS/site, by default .deps/site; with the group
#   "bench" also the Python peers of the benchmarks, in $CXR_DEPS/peers. Harmless twice, and quick the second time. CXR_DEPS
#   may be shared between clones. Exit status 2: something is missing that only an administrator can install.
set -euo pipefail
cd "$(dirname "$0")/.."

deps=${CXR_DEPS:-.deps}
want_packages=yes want_wheels=yes groups=(build)
for argument in "$@"; do
  case $argument in
    --wheels-only) want_packages=no ;;
    --packages-only) want_wheels=no ;;
    -*) echo "setup.sh: unknown option $argument" >&2; exit 2 ;;
    *) groups+=("$argument") ;;
  esac
done

packages_of() {  # GROUP: its lines of packages.txt
  awk -v group="[$1]" '/^#/ { next } /^\[/ { here = ($0 == group); next } here' scripts/packages.txt
}

missing_packages() {  # PACKAGE...: those that are not installed
  comm -13 <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | sed -n 's/ installed$//p' | sort -u) \
           <(printf '%s\n' "$@" | sort -u)
}

install_packages() {
  local wanted missing
  mapfile -t wanted < <(for group in "${groups[@]}"; do packages_of "$group"; done)
  if ! command -v dpkg-query >/dev/null; then
    echo "setup.sh: this is neither Debian nor Ubuntu; see docs/cluster.md for modules, Spack and CMAKE_PREFIX_PATH" >&2
    exit 2
  fi
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  [ ${#missing[@]} -eq 0 ] && return
  local install="apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    printf 'setup.sh: packages are missing, and only root can install them. Run this, then try again:\n  sudo %s\n' "$install" >&2
    echo "No administrator at hand? docs/cluster.md shows how to build without root." >&2
    exit 2
  fi
  export DEBIAN_FRONTEND=noninteractive
  scripts/step.sh -q "Fetching the package lists" apt-get update -q
  scripts/step.sh -q "Installing ${#missing[@]} packages" $install
}

lock_deps() {  # another clone may be filling the same folder
  mkdir -p "$deps"
  exec 9>"$deps/.lock"
  flock 9
}

pip_quietly=(-m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-compile --only-binary :all:)

install_wheels() {
  local site=$deps/site stamp=$deps/site/wheels.txt
  cmp -s scripts/wheels.txt "$stamp" && return
  lock_deps
  cmp -s scripts/wheels.txt "$stamp" && return
  # Everything happens in a folder of its own on the same disk; one rename puts it in place, so that a run that is cut off
  # leaves nothing half done. pip unpacks under TMPDIR first, and /tmp is often too small for it.
  rm -rf "$deps"/.new.*
  scratch=$(mktemp -d "$deps/.new.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  mkdir "$scratch/tmp"
  TMPDIR=$(realpath "$scratch/tmp") scripts/step.sh -q "Installing LibTorch's wheels in $site (about 4 GB)" \
    python3 "${pip_quietly[@]}" --no-deps --target "$scratch/site" -r scripts/wheels.txt
  cp scripts/wheels.txt "$scratch/site/wheels.txt"
  [ ! -e "$site" ] || mv "$site" "$scratch/old"
  mv "$scratch/site" "$site"
}

install_peers() {
  local peers=$deps/peers stamp=$deps/peers/requirements.txt
  cmp -s benchmarks/peers-requirements.txt "$stamp" && return
  lock_deps
  cmp -s benchmarks/peers-requirements.txt "$stamp" && return
  rm -rf "$peers"
  python3 -m venv "$peers"
  # torch is there already, among the wheels; only what it needs to be imported is added.
  realpath "$deps/site" >"$(echo "$peers"/lib/python3*/site-packages)/libtorch.pth"
  scripts/step.sh -q "Installing the Python peers in $peers (about 2 GB)" \
    "$peers/bin/python" "${pip_quietly[@]}" -r benchmarks/peers-requirements.txt
  cp benchmarks/peers-requirements.txt "$stamp"
}

[ $want_packages = no ] || install_packages
[ $want_wheels = no ] || install_wheels
[[ " ${groups[*]} " != *" bench "* ]] || install_peers
