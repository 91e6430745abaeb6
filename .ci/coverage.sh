#!/usr/bin/env bash
# coverage.sh BUILD_DIR tests|fuzzers: which lines and branches of each layer those programs ran, from
# BUILD_DIR/profiles; what of the core the fuzzers did not run is listed.
set -euo pipefail
dir=$1
what=$2

case $what in
  tests) mapfile -t programs < <(find "$dir/tests" -maxdepth 1 -type f -executable) ;;
  fuzzers) mapfile -t programs < <(find "$dir/fuzz" -maxdepth 1 -type f -executable -name 'replay_*') ;;
esac
((${#programs[@]})) || { echo "no programs in $dir" >&2 && exit 1; }
profile=$dir/$what.profdata
find "$dir/profiles/$what" -name '*.profraw' >"$dir/$what.profiles"
llvm-profdata-14 merge -sparse -o "$profile" -f "$dir/$what.profiles"
objects=()
for program in "${programs[@]:1}"; do objects+=(-object "$program"); done

cov() { # llvm-cov's command and options
  llvm-cov-14 "$1" -instr-profile "$profile" "${@:2}" "${programs[0]}" "${objects[@]}" 2>/dev/null
}

printf '%-10s %8s %8s %8s   %8s %8s %8s   (%s)\n' layer lines missed covered branches missed covered "$what"
# Files are told by how they were named to the compiler: seen from the build directory.
cov export -summary-only |
  jq -r '[.data[0].files[] | select(.filename | test("/src/[a-z]+/[^/]+"))
      | .summary + {layer: (.filename | capture("/src/(?<layer>[a-z]+)/").layer)}]
    | group_by(.layer)[] | [.[0].layer, (map(.lines.count) | add), (map(.lines.covered) | add),
      (map(.branches.count) | add), (map(.branches.covered) | add)] | @tsv' |
  awk -F '\t' 'function percent(part, whole) { return whole == 0 ? 100 : 100 * part / whole }
    { printf "%-10s %8d %8d %7.1f%%   %8d %8d %7.1f%%\n", $1, $2, $2 - $3, percent($3, $2), $4, $4 - $5,
      percent($5, $4) }'
[[ $what == fuzzers ]] || exit 0
cov show -show-branches=count -show-expansions=0 |
  awk '/^\/.*:$/ { file = $0; core = /\/src\/core\// }
    core && /^ *[0-9]+\| *0\|/ { print file $0 }
    core && /Branch \(/ && /(True: 0|False: 0)/ { print file $0 }' | sed 's|^.*/src/|src/|' | sort -u >"$dir/core_not_fuzzed.txt"
echo "what the fuzzers leave out of the core: $dir/core_not_fuzzed.txt"
