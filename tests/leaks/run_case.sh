#!/bin/bash
# Runs one program with the leak check at exit, and compares what is said of each leak, and the exit status.
#   run_case.sh <program> <source> [<libpadlock.so>]
# With a library the program runs under LD_PRELOAD; without one it is linked with Padlock. The source says what comes:
#   // leak: <words>     a leak, with the program's functions from the allocation up to main; without any line, none
#   // status: <number>  the exit status, where it is neither 23 with leaks nor 0 without
#   // options: <text>   more of PADLOCK_OPTIONS
#   // suppress: <rule>  a line of the file that the option `suppressions` names
#   // says: <pattern>   a line that is printed besides, as an extended regular expression
set -u
program=$1
source=$2
library=${3:-}

fail() {
  echo "FAILED: $*" >&2
  [[ ! -e $work/err ]] || cat "$work/err" >&2
  exit 1
}
said() { sed -n "s|^// $1: ||p" "$source"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
said suppress >"$work/rules"
options="detect_leaks=1:$(said options)"
[[ ! -s $work/rules ]] || options+=":suppressions=$work/rules"
environment=(env LC_ALL=C PADLOCK_OPTIONS="$options")
[[ -z $library ]] || environment+=(LD_PRELOAD="$library")
(ulimit -c 0; exec "${environment[@]}" "$program" >"$work/out" 2>"$work/err")
status=$?

said leak | sort >"$work/expected"
expected_status=$(said status)
[[ -n $expected_status ]] || { [[ -s $work/expected ]] && expected_status=23 || expected_status=0; }
[[ $status == "$expected_status" ]] || fail "exit status $status, not $expected_status"
[[ ! -s $work/out ]] || fail "the program prints: $(head -c 500 "$work/out")"

# "Direct leak: 8 bytes in 1 block, inner < outer < main": of the functions those of the programs.
awk '
  function flush() { if (words != "") print words; words = "" }
  /^(Direct|Indirect) leak: / { flush(); words = $0; sub(/, allocated here:$/, "", words); between = ", " }
  /^    #[0-9]+ .*\/tests\/leaks\/[^ ]*:[0-9]+$/ && words != "" {
    name = $0; sub(/^.* in /, "", name); sub(/ [^ ]*$/, "", name)
    words = words between name; between = " < "
  }
  /^$/ { flush() }
  END { flush() }' "$work/err" | sort >"$work/found"
while IFS= read -r pattern; do
  grep -qE -e "$pattern" "$work/err" || fail "no line like $pattern"
done < <(said says)
diff -u "$work/expected" "$work/found" || fail "other leaks than expected"
if [[ -s $work/expected ]]; then
  grep -q "^==[0-9]*==ERROR: Padlock: leak: [0-9]* bytes* in [0-9]* blocks* never freed and no longer reachable$" "$work/err" ||
    fail "no first line"
  grep -qE "^==[0-9]+==END OF REPORT$" "$work/err" || fail "no last line"
  ! grep -E '^    #[0-9]+ .*( in padlock::|libpadlock|/src/(core|trace|runtime|preload)/)' "$work/err" ||
    fail "Padlock's own frames in the report"
elif [[ -z $(said says) ]]; then
  [[ ! -s $work/err ]] || fail "a message where there is no leak"
fi
