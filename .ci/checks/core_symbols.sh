#!/usr/bin/env bash
# core_symbols.sh FILE...|BUILD_DIR: the core's objects need nothing from outside but the memory functions
# that compilers emit calls to, and the C++ ABI's own symbols (__cxa_begin_catch and terminate are how clang
# says noexcept). No OS call, no allocation.
set -euo pipefail
allowed='^(memcpy|memset|memcmp|bcmp|memmove|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__cxa_pure_virtual|__cxa_begin_catch|_ZSt9terminatev|_ZTVN10__cxxabiv1.*|__gxx_personality_v0|__dso_handle)$'

objects=("$@")
if [[ -d $1 ]]; then
  mapfile -t objects < <(find "$1/src/core/CMakeFiles/padlock_core.dir" -name '*.o')
fi
((${#objects[@]})) || { echo "no objects of core in $1" >&2 && exit 1; }

names() { nm -P --format=posix "$@" | awk 'NF >= 2 && !/:$/'; }
defined=$(names --defined-only "${objects[@]}" | awk '{print $1}' | sort -u)
needed=$(names --undefined-only "${objects[@]}" | awk '{print $1}' | sort -u)
foreign=$(comm -13 <(echo "$defined") <(echo "$needed") | grep -vE "$allowed" || true)

if [[ -n $foreign ]]; then
  echo "core references symbols from outside:"
  echo "$foreign" | c++filt | sed 's/^/  /'
  exit 1
fi
