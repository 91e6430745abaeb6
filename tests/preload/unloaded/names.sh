#!/bin/bash
# names.sh LIBPADLOCK EXPECTED PROGRAM ARGUMENT...: the innermost frame of each stack that allocated, one a line, is EXPECTED.
# NAMES_OPTIONS: more options, each with a colon in front.
set -u
library=$1 expected=$2
shift 2
said=$({ (ulimit -c 0; LD_PRELOAD=$library PADLOCK_OPTIONS=halt_on_error=0:report_once=0${NAMES_OPTIONS:-} "$@" 2>&1); } 2>/dev/null)
got=$(grep -A1 '^Allocated by' <<<"$said" | sed -nE 's/^    #0 0x[0-9a-f]+ //; s,[^ (]*/,,; s/\+0x[0-9a-f]+/+0xN/; s/BuildId: [0-9a-f]{40}/BuildId/; /^[(i]/p')
[[ $got == "$expected" ]] && exit 0
printf 'expected:\n%s\ngot:\n%s\nall of it:\n%s\n' "$expected" "$got" "$said"
exit 1
