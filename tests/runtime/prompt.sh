#!/bin/bash
# prompt.sh PROGRAM HOW: what the program says is read to its end, as by $( ), while the daemon that it became is alive.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
output=$("$1" "$2" "$work/go_on" "$work/waited_in_vain" 2>&1)
status=$?
touch "$work/go_on"
if [[ $status != 0 || -n $output || -e $work/waited_in_vain ]]; then
  echo "exit status $status; '$output'; $(ls "$work")"
  exit 1
fi
