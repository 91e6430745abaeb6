#!/bin/bash
# Runs `padlock pinpoint` on one program and compares what it says, from its own first line on, and its exit status.
#   run_case.sh <program> <source> <padlock> <libpadlock.so>
# The source says what it needs, each on a line of its own:
#   // status: <number>   the exit status of `padlock pinpoint`
#   // options: <text>    options of `padlock pinpoint`
#   // input: <text>      what the program reads from a pipe
#   // endless: <format>  what it reads from a pipe, line after line without an end, with a number each (seq -f)
#   // files: <KiB>       no file may become longer
#   // under: <name>      a program beside this one that `padlock pinpoint` runs under
# What is said is in <source>.expected, masked as reports of the misuse programs are. UPDATE=1 writes it.
set -u
program=$1
source=$2
padlock=$3
here=$(dirname "$(readlink -f "$0")")

fail() {
  echo "FAILED: $*" >&2
  [[ ! -e $work/err ]] || cat "$work/err" >&2
  exit 1
}
said() { sed -n "s|^// $1: ||p" "$source"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[[ -n $(said status) ]] || fail "$source has no line '// status: <number>'"
ulimit -c 0
# Guards of the first run would show some of the writes at once.
under=$(said under)
feed() { if [[ -n $(said endless) ]]; then seq -f "$(said endless)" inf 2>/dev/null; else said input; fi; }
[[ -z $(said files) ]] || ulimit -f "$(said files)"
# shellcheck disable=SC2046  # several options
feed | LC_ALL=C TMPDIR=$work PADLOCK_LIBRARY=$4 PADLOCK_OPTIONS=guard_per_site=0:symbolize_timeout_ms=30000 MARK=$work/mark \
  ${under:+"$(dirname "$program")/$under"} "$padlock" pinpoint $(said options) -- "$program" >"$work/out" 2>"$work/err"
status=$?
[[ $status != 77 ]] || exit 77  # the machine lacks what it needs
[[ $status == "$(said status)" ]] || fail "exit status $status, not $(said status)"
[[ -z $(find "$work" -name 'padlock-*') ]] || fail "files are left behind"

sed -n '/^padlock: /,$p' "$work/err" | sed -E 's|/tests/pinpoint/programs/|/tests/misuse/pinpoint/|; s|process [0-9]+ \(|process N (|g' |
  "$here/../misuse/mask.sh" >"$work/masked"
expected=${source%.*}.expected
if [[ -n ${UPDATE:-} ]]; then
  cp "$work/masked" "$expected"
else
  diff -u "$expected" "$work/masked" || fail "what it says differs"
fi
