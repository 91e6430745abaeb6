#!/usr/bin/env bash
# coverage.sh BUILD_DIR: which lines of each layer the tests ran, from BUILD_DIR/profiles.
set -euo pipefail
dir=$1

profile=$dir/all.profdata
llvm-profdata-14 merge -sparse -o "$profile" "$dir"/profiles/*.profraw
mapfile -t programs < <(find "$dir/tests" -maxdepth 1 -type f -executable)
((${#programs[@]})) || { echo "no test programs in $dir/tests" >&2 && exit 1; }
objects=()
for program in "${programs[@]:1}"; do objects+=(-object "$program"); done

printf '%-10s %8s %8s %8s\n' layer lines missed covered
for layer in src/*/; do
  llvm-cov-14 export -summary-only -instr-profile "$profile" "${programs[0]}" "${objects[@]}" "$PWD/$layer" 2>/dev/null |
    jq -r --arg layer "$(basename "$layer")" '.data[0].totals.lines | select(.count > 0)
      | [$layer, .count, .count - .covered, .percent] | @tsv' |
    while read -r name lines missed percent; do printf '%-10s %8d %8d %7.1f%%\n' "$name" "$lines" "$missed" "$percent"; done
done
