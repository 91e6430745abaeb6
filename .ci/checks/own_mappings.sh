#!/usr/bin/env bash
# own_mappings.sh ROOT: what Padlock keeps for itself is mapped by os/tables.h, between inaccessible pages. The list below is
# what maps pages in another way, file by file, with its reason.
# shellcheck disable=SC2016  # the dollars are those of awk
set -euo pipefail
allowed=$(sed 's/ *#.*//' <<'LIST'
src/cli/mapped_file.cpp              # a program of its own
src/os/elf_symbols.cpp               # a file, for a moment
src/os/frozen_threads.cpp            # for the length of a leak check
src/os/memory.cpp                    # the calls themselves
src/os/move.cpp                      # large blocks
src/os/signalled_threads.cpp         # the same
src/os/tables.cpp                    # tables
src/runtime/large/large_mapping.cpp  # large blocks, which have guard pages of their own
src/runtime/large/large_move.cpp     # the same
src/runtime/leaks/own_list.h         # for the length of a leak check; what the program exempts from it
src/runtime/memory/segment.cpp       # segments, which have guard pages of their own
src/runtime/threads/lent_pages.cpp   # what a call writes, for the length of the call
src/trace/symbolizer.cpp             # shared with a child, for the length of a report
LIST
)

cd "$1"
find src -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.c' \) -print0 | sort -z |
  xargs -0 awk -v allowed="$allowed" '
    BEGIN { n = split(allowed, line, "\n"); for (i = 1; i <= n; i++) { sub(/ +$/, "", line[i]); permitted[line[i]] } }
    FILENAME in permitted { next }
    FILENAME ~ /^src\/os\/.*\.h$/ { next }  # declarations
    /(^|[^a-z_])(os::(map|map_near|map_apart|map_at|map_shared|map_reserved_at)|mmap) *\(/ || /SYS_(mmap|mremap)/ ||
      (FILENAME ~ /^src\/os\// && /(^|[^a-z_:.>])(map|map_near|map_apart|map_at|map_shared|map_reserved_at)\(/) {
      print FILENAME ":" FNR ": maps pages of its own: os/tables.h does that"; bad = 1
    }
    END { exit bad }'
