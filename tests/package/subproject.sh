#!/usr/bin/env bash
# subproject.sh SOURCE_DIR VERSION: a project that adds Padlock by add_subdirectory() or FetchContent has the targets of an
# installed one, its tests build no test of Padlock's, and its own flags are its own. Configured only: to build it all again
# would take minutes.
set -euo pipefail
source=$1 version=$2
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

expected="cxx_std_20
libpadlock.so.$version padlock 0"
for way in OFF ON; do
  cmake -G Ninja -S "$here/subproject" -B "$work/$way" -DPADLOCK_SOURCE="$source" -DBY_FETCH_CONTENT=$way >/dev/null
  [[ $(head -2 "$work/$way/facts.txt") == "$expected" ]] || { cat "$work/$way/facts.txt" && exit 1; }
  commands=$(ninja -C "$work/$way" -t commands consumer)
  grep -q 'consumer\.cpp.*-std=gnu++20\|-std=gnu++20.*consumer\.cpp' <<<"$commands" || { echo "not C++20" && exit 1; }
  grep -q -- '-o consumer .*-u,padlock_version' <<<"$commands" || grep -q -- '-u,padlock_version .*-o consumer' <<<"$commands" ||
    { echo "Padlock may be left out of the program" && exit 1; }
  ! grep -q -- '-Werror' <<<"$commands" || { echo "a user's compiler may warn" && exit 1; }
  [[ $(ctest --test-dir "$work/$way" -N | tail -1) == "Total Tests: 1" ]] || { ctest --test-dir "$work/$way" -N | tail -5 && exit 1; }
done
