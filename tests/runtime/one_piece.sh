#!/bin/bash
# one_piece.sh REPORTS log|stderr PROGRAM: the reports of the program's processes do not mix, in a log or on a pipe.
set -u
reports=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [[ $2 == log ]]; then
  PADLOCK_OPTIONS=halt_on_error=0:log_path=$log "$3" >/dev/null 2>&1
else
  PADLOCK_OPTIONS=halt_on_error=0 "$3" 2>&1 >/dev/null | cat >"$log"
fi
awk -F== -v reports="$reports" '
  /ERROR: Padlock: / { if (begun != "") bad = 1; begun = $2 }
  /END OF REPORT/ { if (begun != $2) bad = 1; begun = ""; ++whole }
  END { exit bad || begun != "" || whole != reports }' "$log" || { cat "$log"; exit 1; }
