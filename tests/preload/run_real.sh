#!/bin/bash
# Runs a script of real programs twice, plainly and under Padlock, each time in an empty directory, and compares what it
# prints and its exit status. Everything that the script starts inherits the library; each process that has something to
# report writes a log of its own, so that no report is lost with a redirected stderr.
#   run_real.sh <libpadlock.so> <source directory> <script>
# The script names the programs it needs in a line "# needs: ..."; a missing one fails the test.
set -u
library=$1
export PADLOCK_SOURCE_DIR=$2
script=$3

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

run_in() { # run_in <directory>: the script's output, messages and status as files beside the directory
  mkdir "$1"
  (cd "$1" && exec bash "$script") >"$1.out" 2>"$1.err" </dev/null
  echo "exit status $?" >>"$1.out"
}

read -ra needed < <(sed -n "s/^# needs: //p" "$script")
for program in "${needed[@]}"; do
  command -v "$program" >/dev/null || fail "$program is not installed"
done
LD_PRELOAD=$library PADLOCK_OPTIONS=verbosity=1 /bin/true 2>&1 | grep -qi padlock || fail "$library is not in effect"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C TZ=UTC HOME=$work
run_in "$work/plain"
LD_PRELOAD=$library PADLOCK_OPTIONS=log_path=$work/report.%p run_in "$work/padlock"

diff -u "$work/plain.out" "$work/padlock.out" || fail "the output differs; messages: $(tail -n 20 "$work/padlock.err")"
for messages in "$work"/report.* "$work/padlock.err"; do
  [[ -e $messages ]] || continue
  if grep -q -e 'ERROR: Padlock' -e 'cannot be preloaded' "$messages"; then
    cat "$messages" >&2
    fail "a report where there is no bug"
  fi
done
grep -q 'exit status 0' "$work/plain.out" || fail "the script fails without Padlock: $(tail -n 20 "$work/plain.err")"
