#!/bin/bash
# Runs one program and compares its masked report and its exit status with <source>.expected.
#   run_case.sh <program> <source> [<libpadlock.so>]
# With a library the program runs under LD_PRELOAD; without one it is linked with Padlock. The source says what it needs:
#   // expect: <kind>   the kind that the first line must name, whatever the expected report says; "nothing": a correct
#                       program, which prints nothing and returns 0
#   // static: nothing  what only the shared library sees
#   // options: <text>  PADLOCK_OPTIONS; blocks are guarded only where these say so
#   // mask: <command>  one more sed command, where a race decides a detail
# Each stands on a line of its own, which a formatter that joins lines of comments does not know: a source without the
# first is refused, and so is one of these words in the middle of a comment.
# UPDATE=1 writes <source>.expected instead of comparing it; the kind and the status are checked all the same.
set -u
program=$1
source=$2
library=${3:-}
here=$(dirname "$(readlink -f "$0")")

fail() {
  echo "FAILED: $*" >&2
  [[ ! -e $work/err ]] || cat "$work/err" >&2
  exit 1
}
said() { sed -n "s|^// $1: ||p" "$source"; }

# Runs the program by a shell of its own, whose word about the abort goes nowhere; sets `status`.
run() {
  local environment=(env LC_ALL=C PADLOCK_OPTIONS="guard_per_site=0:$(said options)")
  [[ -z $library ]] || environment+=(LD_PRELOAD="$library")
  { (ulimit -c 0; exec "${environment[@]}" "$program" >"$work/out" 2>"$work/err"); } 2>/dev/null
  status=$?
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[[ -n $(said expect) ]] || fail "$source has no line '// expect: <kind>'"
! grep -nE '^ *//.*[^ /].* (expect|static|options|mask): ' "$source" || fail "$source says what it needs behind other words"
run
[[ ! -s $work/out ]] || fail "the program prints: $(head -c 500 "$work/out")"

kind=$(said expect)
[[ -n $library || -z $(said static) ]] || kind=$(said static)
if [[ $kind == nothing ]]; then
  [[ $status == 0 ]] || fail "exit status $status of a correct program"
  [[ ! -s $work/err ]] || fail "a message where there is no bug"
  exit 0
fi

expected=${source%.*}.expected
grep -q -m1 "^==[0-9]*==ERROR: Padlock: $kind: " "$work/err" || fail "no $kind (exit status $status)"
[[ $status == 134 ]] || fail "exit status $status, not 134 (SIGABRT)"
! grep -E '^    #[0-9]+ .*( in padlock::|libpadlock|/src/(core|trace|runtime|preload)/)' "$work/err" ||
  fail "Padlock's own frames in the report"
"$here/mask.sh" <"$work/err" | sed -E "$(said mask)" >"$work/masked"
if [[ -n ${UPDATE:-} ]]; then
  cp "$work/masked" "$expected"
else
  diff -u "$expected" "$work/masked" || fail "the report differs"
fi
