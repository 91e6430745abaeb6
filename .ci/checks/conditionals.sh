#!/usr/bin/env bash
# conditionals.sh ROOT: conditional compilation stays in src/os and src/preload. Allowed elsewhere: the
# include guard and `#ifdef __cplusplus` of public C headers, and the defaults of an X-macro table (.def).
# shellcheck disable=SC2016  # the dollars are those of awk
set -euo pipefail

cd "$1"
find src -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.c' \) \
  ! -path 'src/os/*' ! -path 'src/preload/*' -print0 | sort -z |
  xargs -0 awk '
    !/^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)([ \t(!]|$)/ { next }
    FILENAME ~ /^src\/include\// && /^#ifndef PADLOCK_[A-Z_]*_H$/ { next }
    FILENAME ~ /^src\/include\// && /^#ifdef __cplusplus$/ { next }
    { print FILENAME ":" FNR ": conditional compilation outside os/ and preload/: " $0; bad = 1 }
    END { exit bad }'
