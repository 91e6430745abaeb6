#!/usr/bin/env bash
# ctest.sh BUILD_DIR C++_COMPILER: which tests of a user's project CTest calls failed.
set -euo pipefail
build=$1
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PADLOCK_OPTIONS PADLOCK_LIBRARY LD_PRELOAD

expect() { [[ $1 == "$2" ]] || { echo "expected '$1', got '$2'" && exit 1; }; }
# The tests that failed, in one line.
failed() {
  (ulimit -c 0; ctest --test-dir "$1" --output-on-failure || true) >"$work/output" 2>&1
  sed -n 's/^[[:space:]]*[0-9]* - \([a-z_]*\) (.*$/\1/p' "$work/output" | sort -u | paste -sd' '
}

cmake --install "$build" --prefix "$work/prefix" >/dev/null
cmake -S "$here/project" -B "$work/plain" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/plain" >/dev/null
expect "in_child leaks options overrun strict" "$(failed "$work/plain")"

cmake -S "$here/project" -B "$work/emulated" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CROSSCOMPILING_EMULATOR="$work/prefix/bin/padlock;run;--" >/dev/null
cmake --build "$work/emulated" >/dev/null
expect "by_emulator in_child leaks options overrun strict" "$(failed "$work/emulated")"

# A plain exit status, whether the program goes on or not; its own where nothing was found.
status_of() {
  local status=0
  (ulimit -c 0; exec "$work/prefix/bin/padlock" run "$@") >"$work/output" 2>&1 || status=$?
  echo "$status"
}
expect 9 "$(status_of --error-exitcode=9 -- "$work/plain/prog" overrun)"
expect 9 "$(status_of --error-exitcode 9 --no-halt -- "$work/plain/prog" overrun)"
expect 0 "$(status_of --error-exitcode=9 --no-halt -- "$work/plain/prog" sound)"

# Of leaks, too, unless they have a status of their own.
expect 23 "$(status_of --leaks -- "$work/plain/prog" leak)"
expect 9 "$(status_of --leaks --error-exitcode=9 -- "$work/plain/prog" leak)"
expect 8 "$(status_of --leaks --error-exitcode=9 -o leak_exitcode=8 -- "$work/plain/prog" leak)"
expect 7 "$(PADLOCK_OPTIONS=leak_exitcode=7 status_of --leaks --error-exitcode=9 -- "$work/plain/prog" leak)"
expect 0 "$(status_of --leaks -o leak_exitcode=0 -- "$work/plain/prog" leak)"
