#!/usr/bin/env bash
# documents.sh ROOT: every file that the documents name in backquotes is there, as they name it: from ROOT, from src,
# from the folder of headers that depend on the processor, or, a name alone, anywhere. NAME stands for a reader's own. And the
# README leads to every page, by links that lead somewhere.
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
for document in README.md SECURITY.md CONTRIBUTING.md docs/CI.md docs/COMING_FROM.md docs/DESIGN.md docs/ADDING.md docs/INVARIANTS.md docs/FUZZING.md; do
  while IFS=: read -r line path; do
    is_there "$path" || { echo "$document:$line: there is no $path" && status=1; }
  done < <(grep -noE '`[A-Za-z0-9_./-]+\.(h|cpp|c|def|sh|txt|map|cmake|md|mutants)`' "$document" | tr -d '`' | grep -v ':build/\|NAME\|/proc/\|XXX' || true)
done
shopt -s nullglob
for page in *.md docs/*.md; do
  [[ $page == README.md ]] || grep -qF "($page)" README.md || { echo "README.md: no link to $page" && status=1; }
  while read -r link; do
    [[ -e ${page%/*}/$link || ( $page != */* && -e $link ) ]] || { echo "$page: a link to $link, which is not there" && status=1; }
  done < <(grep -oE '\]\([A-Za-z0-9_./-]+' "$page" | sed 's/^](//' | sort -u)
done
exit "$status"
