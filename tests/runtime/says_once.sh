#!/bin/bash
# says_once.sh LINE PROGRAM [ARGUMENT...]: the program ends with 0, and all that it writes to stderr is LINE, once, after
# its process id. Its environment is what this script is given.
set -u
line=$1
shift
errors=$("$@" 2>&1 >/dev/null)
status=$?
if [[ $status != 0 || ! $errors =~ ^==[0-9]+==(.*)$ || ${BASH_REMATCH[1]} != "$line" ]]; then
  printf 'exit status %s, and on stderr:\n%s\n' "$status" "$errors"
  exit 1
fi
