#!/bin/bash
# says.sh STATUS PATTERN PROGRAM [ARGUMENT...]: the program ends with STATUS (128 + n: by signal n), and what it writes to
# stderr has a line that matches PATTERN (grep -E), once. Its environment is what this script is given.
set -u
want_status=$1
pattern=$2
shift 2
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
{ (ulimit -c 0; exec "$@" 2>"$errors" >/dev/null); } 2>/dev/null
status=$?
[[ $status == 77 && $want_status != 77 ]] && exit 77  # skipped: the program may not do here what it is about
lines=$(grep -a -E -c "$pattern" "$errors")
if [[ $status != "$want_status" || $lines != 1 ]]; then
  echo "exit status $status, $lines lines match; $want_status and 1 expected"
  cat "$errors"
  exit 1
fi
