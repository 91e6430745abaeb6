#!/bin/bash
# locked_reserve.sh LIBRARY PROGRAM LOCKED RESIDENT: the program, which locks all its memory and prints how many KB that are
# and how many are in memory, has at most LOCKED and RESIDENT KB more with the library than without; skipped (77) where it may
# not lock them.
set -u
library=$1 program=$2
run() { LD_PRELOAD=$1 "$program" figures; }
numbers=$(run "") || exit
read -r -a plain <<<"$numbers"
numbers=$(run "$library") || exit
read -r -a guarded <<<"$numbers"
locked=$((guarded[0] - plain[0])) resident=$((guarded[1] - plain[1]))
echo "$locked KB more are locked, $resident KB more in memory"
((locked <= $3 && resident <= $4))
