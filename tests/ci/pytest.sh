#!/usr/bin/env bash
# pytest.sh BUILD_DIR C++_COMPILER: the recipe of docs/CI.md for tests of extensions in C, run by pytest.
# Then the tests of the scripts that plant mutants.
set -euo pipefail
build=$1
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PADLOCK_OPTIONS PADLOCK_LIBRARY LD_PRELOAD
ulimit -c 0
# The distribution's, where another one comes first in PATH.
python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import pytest' 2>/dev/null; then python=$candidate && break; fi
done
[[ -n $python ]] || exit 77

expect() { [[ $1 == "$2" ]] || { echo "expected '$1', got '$2'"; cat "$work/output"; exit 1; }; }
cp "$here/programs/conftest.py" "$here/programs/test_heap.py" "$work"
cd "$work"
outcome() {
  status=0
  PYTHONDONTWRITEBYTECODE=1 "$@" >"$work/output" 2>&1 || status=$?
}
tests=("$python" -m pytest -q -p no:cacheprovider .)
outcome "${tests[@]}"
expect 0 "$status"
outcome env PYTHONMALLOC=malloc "$build/bin/padlock" run --no-halt -o exitcode=1 -- "${tests[@]}"
expect "1 1" "$status $(grep -c '^ERROR test_heap.py::test_broken' "$work/output")"
expect 1 "$(grep -c '^3 passed, 1 error' "$work/output")"
# It halts at the report otherwise, as a crash does; pytest's faulthandler names the test.
outcome env PYTHONMALLOC=malloc "$build/bin/padlock" run -- "${tests[@]}"
expect 134 "$status"

# The project's own Python.
outcome "$python" -m pytest -q -p no:cacheprovider "$here/../mutants"
expect 0 "$status"
