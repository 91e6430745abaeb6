#!/usr/bin/env bash
# gtest.sh BUILD_DIR C++_COMPILER: the listener of padlock/gtest.h names the test that broke the heap.
set -euo pipefail
build=$1 compiler=$2
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PADLOCK_OPTIONS PADLOCK_LIBRARY LD_PRELOAD
ulimit -c 0

expect() { [[ $1 == "$2" ]] || { echo "expected '$1', got '$2'"; cat "$work/output"; exit 1; }; }
# The tests that failed, in one line; $status is the program's.
failed() {
  status=0
  "$@" >"$work/output" 2>&1 || status=$?
  failures=$(sed -n 's/^\[  FAILED  \] \(Heap\.[A-Za-z]*\).*/\1/p' "$work/output" | sort -u | paste -sd' ')
}
linked=("$build/lib/libpadlock.a" -lbacktrace -ldl)
for standard in 17 20; do
  "$compiler" -std=c++$standard -Wall -Wextra -Werror -O0 -g -fno-builtin -I "$here/../../src/include" \
    "$here/programs/tests.cpp" -o "$work/tests$standard" -lgtest -pthread
done
"$compiler" -std=c++20 -O0 -g -fno-builtin -I "$here/../../src/include" \
  "$here/programs/tests.cpp" -o "$work/linked" -lgtest -pthread -Wl,-u,padlock_version "${linked[@]}"

# Without Padlock nothing is seen, and nothing is missing.
failed "$work/tests20"
expect "0 " "$status $failures"
# It ends at the first report, and says where.
failed "$build/bin/padlock" run -- "$work/tests17"
expect "134 1" "$status $(grep -c '^Padlock: in the test Heap.IsBroken$' "$work/output")"
expect 1 "$(grep -c 'ERROR: Padlock: heap-buffer-overflow: ' "$work/output")"
# Or goes on; the status is Padlock's.
failed "$build/bin/padlock" run --no-halt -- "$work/tests20"
expect "99 Heap.IsBroken" "$status $failures"
failed env PADLOCK_OPTIONS=halt_on_error=0 "$work/linked"
expect "99 Heap.IsBroken" "$status $failures"
# Leaks fail the test that lost the block, and no other.
failed "$build/bin/padlock" run --no-halt -- "$work/tests20" leaks
expect "99 Heap.IsBroken Heap.Leaks" "$status $failures"
