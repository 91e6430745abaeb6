#!/usr/bin/env bash
# lengths.sh ROOT: no source file is longer than 500 lines.
set -euo pipefail
longest=500

cd "$1"
folders=()
for folder in src tests fuzz bench; do [[ ! -d $folder ]] || folders+=("$folder"); done
find "${folders[@]}" -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.c' -o -name '*.sh' \) -print0 | sort -z |
  xargs -0 awk -v longest="$longest" '
    FNR == longest + 1 { print FILENAME ": longer than " longest " lines"; bad = 1 }
    END { exit bad }'
