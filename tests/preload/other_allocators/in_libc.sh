#!/bin/bash
# in_libc.sh LIBPADLOCK PROGRAM WHAT: a block of Padlock's that libc's own free gets is reported, in whichever of the ways
# libc ends there; which one it is depends on the heap's key.
set -u
for seed in {1..12}; do
  errors=$( { (ulimit -c 0; LD_PRELOAD=$1 PADLOCK_OPTIONS=symbolize=0:seed=$seed exec "$2" "$3"); } 2>&1 >/dev/null)
  line=$(grep -c "ERROR: Padlock: invalid-free: free() of a pointer to a 100-byte block of Padlock's, by libc's own free" <<<"$errors")
  [[ $line == 1 && $(grep -c 'ERROR: Padlock' <<<"$errors") == 1 ]] || { echo "seed $seed: $errors"; exit 1; }
done
