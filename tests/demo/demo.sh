#!/usr/bin/env bash
# demo.sh BUILD_DIR: Padlock finds the bugs of four small programs, as they are compiled by anybody, and then
# runs real programs, which print the same as without it.
set -euo pipefail
build=$(readlink -f "$1")
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
padlock=$build/bin/padlock
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

if [[ -t 1 ]]; then bold=$'\033[1m' plain=$'\033[0m'; else bold='' plain=''; fi
title() { printf '\n%s\n' "$bold$*$plain"; }

# compile SOURCE: a program that knows nothing of Padlock.
compile() {
  local compiler=cc
  [[ $1 != *.cpp ]] || compiler=c++
  (cd "$here" && "$compiler" -g -pthread -fdebug-prefix-map="$here=tests/demo" -o "$work/${1%.*}" "$1")
}

bug() { # SOURCE KIND: runs it and expects a report of that kind
  local source=$1 kind=$2 program=${1%.*}
  title "$source: $(sed -n '1s|^// ||p' "$here/$source")"
  awk '/^[^#\/]/ { begun = 1 } begun { printf "  %2d  %s\n", FNR, $0 }' "$here/$source"
  compile "$source"
  printf '\n$ padlock run ./%s\n' "$program"
  # The shell in between keeps its remark about the abort to itself.
  (cd "$work" && ulimit -c 0 && { "$padlock" run "./$program" >output 2>&1 || true; }) 2>/dev/null
  cat "$work/output"
  grep -q "ERROR: Padlock: $kind: " "$work/output" || { echo "NOT FOUND: $kind" && status=1; }
}

seconds() { printf '%d.%02d' $(($1 / 1000)) $(($1 % 1000 / 10)); }
now_ms() { local us=${EPOCHREALTIME/[.,]/} && echo $((us / 1000)); }

clean() { # WORDS COMMAND: the same output and status with and without Padlock
  local words=$1 alone guarded start middle end
  start=$(now_ms)
  alone=$(cd "$work" && bash -c "$2" 2>&1; echo "status $?")
  middle=$(now_ms)
  guarded=$(cd "$work" && "$padlock" run -- bash -c "$2" 2>&1; echo "status $?")
  end=$(now_ms)
  local verdict="clean, same output"
  [[ $alone == "$guarded" ]] || { verdict="DIFFERENT OUTPUT" && status=1; }
  printf '  %-52s %8s s %8s s   %s\n' "$words" "$(seconds $((middle - start)))" "$(seconds $((end - middle)))" "$verdict"
  [[ $alone == "$guarded" ]] || diff <(echo "$alone") <(echo "$guarded") | head -n 20
}

title "Bugs in programs as they are"
bug greeting.c heap-buffer-overflow
bug sessions.cpp use-after-free-write
bug config.c double-free
bug samples.cpp heap-buffer-overflow

title "Real programs, from the distribution"
printf '  %-52s %10s %10s\n' "" "plain" "Padlock"
clean "python3: 20000 records through json" \
  "python3 -c 'import json; d = [{\"n\": i, \"s\": str(i)} for i in range(20000)]; print(len(json.loads(json.dumps(d))))'"
clean "python3: 8 threads, PYTHONMALLOC=malloc" \
  "PYTHONMALLOC=malloc python3 -c 'import threading
t = [threading.Thread(target=lambda: [str(i) * 3 for i in range(20000)]) for _ in range(8)]
[x.start() for x in t]; [x.join() for x in t]; print(\"joined\")'"
clean "sqlite3: 100000 rows, index, group by" \
  "sqlite3 :memory: 'create table t(a, b); with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)
insert into t select i, i % 97 from n; create index x on t(b); select b, count(*) from t group by b having b < 3;'"
clean "perl: 200000 hash entries, sorted" \
  "perl -e 'my %h = map { \$_ => \$_ x 2 } 1..200000; print scalar(sort keys %h), \" \", length(join \"\", sort values %h), \"\n\"'"
clean "jq: 30000 objects" "jq -n '[range(30000) | {n: ., s: tostring}] | map(.n) | add'"
clean "git: init, add, commit, log, fsck" \
  "rm -rf r && git init -q r && cd r && seq 1 50000 > f && git add f && git -c user.name=a -c user.email=a@b.c commit -qm m \
&& git log --format=%s && git fsck --no-progress && git gc -q"
clean "c++: compiles and optimizes sessions.cpp" "c++ -O2 -c -o s.o '$here/sessions.cpp' && stat -c '%s bytes' s.o"

title "$( ((status == 0)) && echo "Every bug was found, every real program ran clean." || echo "Something went wrong." )"
exit "$status"
