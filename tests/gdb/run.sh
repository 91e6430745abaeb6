#!/bin/bash
# gdb's commands on a program that stops at a report, and on a core file of it.
#   run.sh <program> <libpadlock.so> <expected>
# Addresses are masked, and so is what lies below main(). UPDATE=1 writes the expected file. Without gdb: 77.
set -u
program=$1
library=$2
expected=$3
command -v gdb >/dev/null || exit 77

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
commands_for() {
  cat <<COMMANDS
set confirm off
set print frame-arguments none
set environment PADLOCK_OPTIONS=$1:log_path=$work/log
set exec-wrapper env LD_PRELOAD=$library
set breakpoint pending on
break padlock_report_break
run
echo == stopped\\n
printf "%s %d\\n", kind, block == overrun
backtrace
COMMANDS
}
commands_for guard_per_site=0 >"$work/commands"
commands_for guard_after=0 >"$work/guarded"
cat >"$work/questions" <<'COMMANDS'
padlock block overrun+34
padlock stacks freed+3
padlock stacks large+299999
padlock block held-1
padlock heap 1
python
try: gdb.execute("padlock block &overrun")
except gdb.error as problem: print(problem)
end
COMMANDS
mask() {
  sed -nE '/^== stopped/,$p' | grep -vE '^(warning:|Saved corefile|\[)' | sed -E '
    /^blank /d
    s/0x[0-9a-f]+/ADDRESS/g
    /#[0-9]+ .* in (__libc_start|_start)/d
    s/ at [^ ]*\/(tests|src)\// at \1\//
    s/^#[0-9]+ +/frame: /
    s/(src\/preload\/.*):[0-9]+$/\1:N/'
}
debug() { gdb -q -nx -batch -iex "add-auto-load-safe-path $(dirname "$library")" "$@" 2>&1 | mask; }

{
  debug -x "$work/commands" -x "$work/questions" -ex "generate-core-file $work/core" -ex kill "$program"
  echo "== core"
  debug -ex 'echo == stopped\n' -x "$work/questions" "$program" "$work/core"
  echo "== guarded"
  debug -x "$work/guarded" -x "$work/questions" -ex kill "$program"
} >"$work/found"
[[ -z ${UPDATE:-} ]] || cp "$work/found" "$expected"
diff -u "$expected" "$work/found"
