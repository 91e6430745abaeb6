#!/usr/bin/env bash
# layers.sh ROOT: a folder of ROOT/src includes only itself and the folders before it in this list.
# shellcheck disable=SC2016  # the dollars are those of awk
set -euo pipefail
layers="include core os trace options report runtime preload cli"

cd "$1"
find src -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.c' -o -name '*.def' \) -print0 | sort -z |
  xargs -0 awk -v layers="$layers" '
    BEGIN { n = split(layers, name, " "); for (i = 1; i <= n; i++) rank[name[i]] = i }
    FNR == 1 { split(FILENAME, part, "/"); own = part[2]
               if (!(own in rank)) { print FILENAME ": src/" own " is not a layer"; bad = 1 } }
    /^[ \t]*#[ \t]*include[ \t]*["<]/ {
      path = $0
      sub(/^[^"<]*["<]/, "", path); sub(/[">].*/, "", path)
      quoted = $0 ~ /include[ \t]*"/
      split(path, part, "/"); to = part[1]
      if (to == "padlock") to = "include"
      else if (!quoted) next
      if (path !~ /\// || !(to in rank)) {
        print FILENAME ":" FNR ": \"" path "\" does not begin with a layer"; bad = 1
      } else if (rank[to] > rank[own]) {
        print FILENAME ":" FNR ": " own " must not include " to " (\"" path "\")"; bad = 1
      }
    }
    END { exit bad }'
