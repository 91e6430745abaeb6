#!/bin/bash
# names_allocator.sh LIBPADLOCK PROGRAM WHAT WORDS: the report's diagnosis, on one line, holds WORDS.
set -u
errors=$( (ulimit -c 0; LD_PRELOAD=$1 exec "$2" "$3") 2>&1 >/dev/null)
[[ $(tr -s ' \n' ' ' <<<"$errors") == *"$4"* ]] && exit 0
echo "$errors"
exit 1
