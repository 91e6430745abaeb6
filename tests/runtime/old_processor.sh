#!/bin/bash
# old_processor.sh LIBRARY COMMAND: on a processor without SSE 4.2 (emulated; skipped where there is no emulator) the
# library and the command say so in one line.
set -u
emulator=$(command -v qemu-x86_64) || { echo "no qemu-x86_64"; exit 77; }
failed=0
expect() { # status, command...
  local want=$1 output status
  shift
  output=$("$@" 2>&1)
  status=$?
  if [[ $status != "$want" || $(wc -l <<<"$output") != 1 || $output != *"no SSE 4.2"* ]]; then
    echo "status $status: $output"
    failed=1
  fi
}
expect 1 "$emulator" -cpu core2duo -E "LD_PRELOAD=$1" /bin/true
expect 121 "$emulator" -cpu core2duo "$2" run -- /bin/true
exit "$failed"
