#!/usr/bin/env bash
# documents.sh ROOT: every file that the documents name in backquotes is there, as they name it: from ROOT, from src,
# from the folder of headers that depend on the processor, or, a name alone, anywhere. NAME stands for a reader's own.
# shellcheck disable=SC2016  # the backquotes are those of the documents
set -euo pipefail
cd "$1"

is_there() {
  local path
  for path in "$1" "src/$1" "src/arch/x86_64/$1" "src/include/$1"; do
    [[ ! -e $path ]] || return 0
  done
  [[ $1 != */* ]] && [[ -n $(find src fuzz tests bench docs corpus cmake .ci -name "$1" -print -quit) ]]
}

status=0
for document in README.md SECURITY.md docs/DESIGN.md docs/ADDING.md docs/INVARIANTS.md docs/FUZZING.md; do
  while IFS=: read -r line path; do
    is_there "$path" || { echo "$document:$line: there is no $path" && status=1; }
  done < <(grep -noE '`[A-Za-z0-9_./-]+\.(h|cpp|c|def|sh|txt|map|cmake|md|mutants)`' "$document" | tr -d '`' | grep -v ':build/\|NAME\|/proc/\|XXX' || true)
done
exit "$status"
