#!/bin/bash
# names_modules.sh LIBPADLOCK PROGRAM: of a mismatch across a border the report names both sides.
set -u
errors=$(LD_PRELOAD=$1 "$2" delete_of_strdup 2>&1 >/dev/null)
grep -q "It was allocated in libc.so.6 and released in $(basename "$2")\." <<<"$errors" && exit 0
echo "$errors"
exit 1
