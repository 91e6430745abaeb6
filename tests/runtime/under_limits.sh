#!/bin/bash
# under_limits.sh LIMITED LIBRARY PROGRAM LETTER FROM TO STEP BEYOND: the program, preloaded, under `ulimit -LETTER` of FROM,
# FROM + STEP, ... KB: it is not loaded (127), misses memory (3) or has all it needs (0), always without a word and
# never by a signal; once it works it works under every higher limit, the next two MiB looked at page by page; and it does
# BEYOND KB above the least limit under which it works plainly.
set -u
limited=$1 library=$2 program=$3 letter=$4 from=$5 to=$6 step=$7 beyond=$8
failed=0

run() { # limit, preloaded library
  local output
  output=$("$limited" "$letter" "$1" "$2" "$program" 2>&1)
  status=$?
  [[ $output != *"cannot be preloaded"* ]] || status=127
  if [[ $status != 0 && $status != 3 && $status != 127 ]] || [[ $status != 127 && -n $output ]]; then
    echo "ulimit -$letter $1: status $status: $output"
    failed=1
  fi
}

plain=$from
while run "$plain" "" && [[ $status != 0 && $plain -lt $to ]]; do ((plain += step)); done
works=0
for ((limit = from; limit <= to; limit += step)); do
  run "$limit" "$library"
  if [[ $status == 0 && $works == 0 ]]; then
    works=$limit
  elif [[ $status != 0 && $works != 0 ]]; then
    echo "ulimit -$letter $limit: status $status, but it worked under $works"
    failed=1
  fi
done
for ((limit = works; works != 0 && limit < works + 2048; limit += 4)); do
  run "$limit" "$library"
  [[ $status == 0 ]] || { echo "ulimit -$letter $limit: status $status, but it worked under $works" && failed=1; }
done
echo "works under $works KB, plainly under $plain KB"
((works != 0 && works <= plain + beyond)) || { echo "more than $beyond KB beyond"; failed=1; }
exit "$failed"
