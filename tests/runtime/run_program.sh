#!/bin/bash
# run_program.sh STATUS REPORTS PROGRAM [ARGUMENT...]: the program ends with STATUS (128 + n: by signal n) and writes
# REPORTS whole reports to stderr. Its environment is what this script is given.
set -u
want_status=$1
want_reports=$2
shift 2
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
{ (ulimit -c 0; exec "$@" 2>"$errors" >/dev/null); } 2>/dev/null
status=$?
[[ $status == 77 && $want_status != 77 ]] && exit 77  # skipped: the program may not do here what it is about
reports=$(grep -a -c 'ERROR: Padlock: ' "$errors")
ends=$(grep -a -c 'END OF REPORT' "$errors")
if [[ $status != "$want_status" || $reports != "$want_reports" || $ends != "$want_reports" ]]; then
  echo "exit status $status, $reports reports begun, $ends ended; $want_status and $want_reports expected"
  cat "$errors"
  exit 1
fi
