#!/bin/bash
# output_kept.sh PROGRAM: a fault that the check at exit finds ends the process, as the options say, but loses none of
# what the program had printed. The environment of the program is what this script is given.
set -u
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkfifo "$work/silence"
exec 3<>"$work/silence"

# case STATUS OPTIONS
run_case() {
  rm -f "$work"/{out,second}
  { (ulimit -c 0; PADLOCK_OPTIONS=$2 exec "$program" "$work/second" <&3 >"$work/out" 2>"$work/err"); } 2>/dev/null
  local status=$?
  [[ $status == "$1" && $(<"$work/out") == "kept 2" && $(<"$work/second") == "kept too" ]] &&
    grep -q '^==[0-9]*==ERROR: Padlock: heap-buffer-overflow: ' "$work/err" && return
  echo "with '$2': exit status $status (not $1?), stdout '$(<"$work/out")', second stream '$(<"$work/second")'"
  cat "$work/err"
  exit 1
}

run_case 134 ""
run_case 7 "abort_on_error=0:exitcode=7"
run_case 99 "halt_on_error=0"
run_case 5 "halt_on_error=0:exitcode=0"
