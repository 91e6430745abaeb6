#!/bin/bash
# A source whose words to run_case.sh are not there, or were joined to another line, is refused before anything runs.
set -u
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# refuses WORDS [LINE...]: of a source of these lines
refuses() {
  local words=$1
  shift
  printf '%s\n' "$@" "int main(void) {}" >"$work/case.c"
  printf '#!/bin/sh\ntouch %s\n' "$work/ran" >"$work/program"
  chmod +x "$work/program"
  if "$here/run_case.sh" "$work/program" "$work/case.c" >"$work/said" 2>&1; then
    echo "not refused: $*"
    exit 1
  fi
  grep -q "$words" "$work/said" || { echo "not refused by these words: $*"; cat "$work/said"; exit 1; }
  [[ ! -e $work/ran ]] || { echo "run all the same: $*"; exit 1; }
}

refuses "has no line" "// A block is freed twice."
refuses "has no line" "// A block is freed twice, and what the comment says of it is too long for" "// one line. expect: double-free"
refuses "has no line" "// expect:"
refuses "behind other words" "// expect: double-free" "// More of it. options: check_interval=1"
refuses "behind other words" "// expect: double-free options: check_interval=1"
printf '%s\n' "// Nothing is wrong." "// expect: nothing" "int main(void) {}" >"$work/case.c"
"$here/run_case.sh" "$work/program" "$work/case.c" || exit 1
[[ -e $work/ran ]] || { echo "a sound source was not run"; exit 1; }
