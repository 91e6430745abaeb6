#!/usr/bin/env bash
# outside_symbols.sh LIBRARY OBJECT...: LIBRARY needs from outside what outside_symbols.txt lists and nothing
# else, and the OBJECTs it is made of, Padlock's own code, only what stands under "own code" there: of libc's
# functions, which other libraries may interpose, the fewest. The symbolizer runs in a child of its own and may
# use the rest.
set -euo pipefail
export LC_ALL=C
list=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/outside_symbols.txt
library=$1
shift

section() { awk -v wanted="[$1]" '/^\[/ { on = $0 == wanted; next } on && /^[^#]/' "$list"; }
# The names, of symbols with a version too.
undefined() {
  nm --undefined-only --format=posix "$@" | awk 'NF >= 2 && !/:$/ { sub(/@.*/, "", $1); print $1 }' | sort -u
}

status=0
expect_none() { # words, symbols
  [[ -n $2 ]] || return 0
  echo "$1, which outside_symbols.txt does not allow:"
  c++filt <<<"$2" | sed 's/^/  /'
  status=1
}

needed=$(undefined -D "$library")
expect_none "$library needs" "$(comm -23 <(echo "$needed") <(sort -u <(section "own code") <(section "linked in")))"

objects=()
for object in "$@"; do [[ $object == */symbolizer.cpp.o ]] || objects+=("$object"); done
if ((${#objects[@]})); then
  called=$(comm -12 <(undefined "${objects[@]}") <(echo "$needed"))
  expect_none "Padlock's own code needs" "$(comm -23 <(echo "$called") <(section "own code" | sort -u))"
fi
exit "$status"
