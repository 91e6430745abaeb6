#!/usr/bin/env bash
# presets.sh ROOT: the presets that neither the tests nor the harnesses use can be configured, tests included: there a
# test that names a target which the preset does not build breaks the whole.
set -euo pipefail

cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for preset in dev asan-ubsan coverage; do
  cmake --preset "$preset" -B "$work/$preset" -DPADLOCK_BUILD_TESTS=ON >"$work/log" 2>&1 && continue
  echo "preset $preset:"
  cat "$work/log"
  exit 1
done
