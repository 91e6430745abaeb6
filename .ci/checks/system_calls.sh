#!/usr/bin/env bash
# system_calls.sh ROOT: the sources name exactly the system calls that system_calls.txt lists, and os/confined.h
# those of its first section.
set -euo pipefail
export LC_ALL=C
list=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/system_calls.txt
cd "$1"

section() { awk -v wanted="[$1]" '/^\[/ { on = $0 == wanted; next } on && /^[^#]/' "$list"; }
# The command is a program of its own, and knows the calls of those that it traces.
named() { grep -rhoE --exclude-dir=cli 'SYS_[a-z0-9_]+' "$@" | sed 's/^SYS_//' | sort -u; }

status=0
expect_same() { # words, list, names
  diff <(sort -u <<<"$2") <(echo "$3") && return
  echo "(<: $list, >: $1)"
  status=1
}
expect_same "src" "$(section confined; section ordinary)" "$(named src)"
expect_same "src/os/confined.h" "$(section confined)" "$(named src/os/confined.h)"
exit "$status"
