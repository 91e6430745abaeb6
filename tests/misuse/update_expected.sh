#!/bin/bash
# Rewrites the expected reports from what the programs of a build say now, by preload. Read every change (git diff) before
# you keep it: the expectation is the contract, the report only claims to meet it.
#   update_expected.sh <build directory> [<part of the name>...]
set -eu
build=$(readlink -f "$1")
shift
here=$(dirname "$(readlink -f "$0")")
failed=0
mapfile -t sources < <(grep -lr '^// expect: ' "$here" --include='*.c' --include='*.cpp' | sort)
for source in "${sources[@]}"; do
  file=$(basename "${source%.*}")
  name=$(basename "$(dirname "$source")").$file
  for part in "${@:-}"; do
    [[ $name == *"$part"* ]] || continue
    program=$build/tests/misuse/preload/$name/$file
    UPDATE=1 "$here/run_case.sh" "$program" "$source" "$build/lib/libpadlock.so" || { echo "^ $name"; failed=1; }
    break
  done
done
exit $failed
