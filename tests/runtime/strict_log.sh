#!/bin/bash
# strict_log.sh PADLOCK LIBRARY PROGRAM: with --strict a run without faults writes no log where all blocks were guarded; where
# some were not, their share is said.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PADLOCK_LIBRARY=$2
"$1" run --strict --log "$work/whole" -- "$3" 1000 >"$work/out" 2>&1
[[ ! -e $work/whole && ! -s $work/out ]] || { echo "FAILED: said in a clean run:"; cat "$work"/*; exit 1; }
"$1" run --strict -o guard_budget_mb=2 --log "$work/part" -- "$3" 8000 >"$work/out" 2>&1
if [[ -s $work/out ]] || ! grep -Eq '^==[0-9]+==Padlock: guarded: [0-9]+ of [0-9]+ blocks \([0-9.]+ %\)$' "$work/part"; then
  echo "FAILED: no share"
  cat "$work"/*
  exit 1
fi
