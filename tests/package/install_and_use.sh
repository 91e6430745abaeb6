#!/usr/bin/env bash
# install_and_use.sh BUILD_DIR VERSION C++_COMPILER: what `cmake --install` puts down can be found, linked and run.
set -euo pipefail
build=$1 version=$2 compiler=$3
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

expect() { [[ $1 == "$2" ]] || { echo "expected '$1', got '$2'" && exit 1; }; }

cmake --install "$build" --prefix "$work/prefix" >/dev/null
cmake -S "$here/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" >/dev/null
cmake --build "$work/consumer" >/dev/null
expect "$version 0 guarded" "$("$work/consumer/consumer" 2>/dev/null)"
for program in caller overrun; do
  report=$( (ulimit -c 0; exec "$work/consumer/$program") 2>&1 >/dev/null) || true
  expect heap-buffer-overflow "$(sed -n 's/^==[0-9]*==ERROR: Padlock: \([a-z-]*\): .*/\1/p' <<<"$report")"
done
expect "padlock $version" "$("$work/prefix/bin/padlock" --version)"
# The installed command finds the installed library.
# shellcheck disable=SC2016  # the inner shell expands it
expect "$work/prefix/lib/libpadlock.so" \
  "$(cd / && env -u PADLOCK_LIBRARY "$work/prefix/bin/padlock" run -- sh -c 'echo $LD_PRELOAD')"
