#!/usr/bin/env bash
# memcheck.sh BUILD_DIR C++_COMPILER: `ctest -T memcheck` lists what Padlock found, by AddressSanitizer's form of reports.
set -euo pipefail
build=$1
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PADLOCK_OPTIONS PADLOCK_LIBRARY LD_PRELOAD ASAN_OPTIONS
ulimit -c 0
# Without that form there is nothing that CTest could read.
"$build/bin/padlock" options | grep -q '^  report_format=.*asan' || exit 77

cmake --install "$build" --prefix "$work/prefix" >/dev/null
cmake -S "$here/project" -B "$work/project" -DCMAKE_PREFIX_PATH="$work/prefix" -DMEMORYCHECK_TYPE=AddressSanitizer \
  -DCMAKE_CROSSCOMPILING_EMULATOR="$work/prefix/bin/padlock;run;--like-asan;-o;report_format=asan;--" >/dev/null
cmake --build "$work/project" >/dev/null
(cd "$work/project" && ctest -T memcheck -R by_emulator) >"$work/output" 2>&1 || true
grep -q '^heap-buffer-overflow - 1$' "$work/output" || { cat "$work/output" && exit 1; }
