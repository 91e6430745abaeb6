#!/usr/bin/env bash
# system_headers.sh ROOT: the machine's headers, and those of the system, are included in the rooms that are there for them:
# all of them in src/os, and in src/cli, which is a program of its own; the processor's in src/arch. Elsewhere
# only headers of the C++ standard, without <csignal>, which brings in POSIX; public headers, which are C, may include the
# two of C that have types alone. The list below is what else there is, file by file, with its reason.
# shellcheck disable=SC2016  # the dollars are those of awk
set -euo pipefail
allowed=$(sed 's/ *#.*//' <<'LIST'
src/include/padlock/gtest.h gtest/gtest.h  # what it plugs into
src/preload/malloc.cpp malloc.h           # declarations of what it replaces
src/preload/signals.cpp csignal           # declarations of what it replaces
src/preload/start_shared.cpp malloc.h       # declarations of what it looks up
src/trace/exact.cpp unwind.h              # the compiler's unwinder
LIST
)

cd "$1"
find src -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.c' -o -name '*.def' \) ! -path 'src/os/*' ! -path 'src/cli/*' -print0 |
  sort -z | xargs -0 awk -v allowed="$allowed" '
    BEGIN {
      n = split(allowed, line, "\n"); for (i = 1; i <= n; i++) permitted[line[i]]
      split("cpuid.h immintrin.h nmmintrin.h sys/user.h ucontext.h", name, " "); for (i in name) processor[name[i]]
      split("stddef.h stdint.h", name, " "); for (i in name) types[name[i]]
    }
    /^[ \t]*#[ \t]*include[ \t]*</ {
      header = $0
      sub(/^[^<]*</, "", header); sub(/>.*/, "", header)
      if (header ~ /^(padlock|boost)\// || (header !~ /[.\/]/ && header != "csignal")) next
      if (FILENAME ~ /^src\/arch\// && header in processor) next
      if (FILENAME ~ /^src\/include\// && header in types) next
      if ((FILENAME " " header) in permitted) next
      print FILENAME ":" FNR ": <" header "> belongs in src/os"; bad = 1
    }
    END { exit bad }'
