#!/bin/bash
# Subshells, pipes, substitutions, arrays, traps and background jobs.
# needs: bash awk
# packages: bash mawk
declare -A sums
for i in {1..150}; do
  key=$(echo "$i" | (read -r n; echo $((n % 7))))
  sums[$key]=$((${sums[$key]:-0} + $(awk "BEGIN { print $i * $i }")))
done
for key in {0..6}; do echo "$key ${sums[$key]}"; done
text=$(for i in {1..2000}; do printf 'line %d\n' "$i"; done)
echo "${#text} ${text//line/LINE}" | md5sum
for i in {1..20}; do (sleep 0.01; exit $((i % 3))) & jobs+=($!); done
failures=0
for job in "${jobs[@]}"; do wait "$job" || ((++failures)); done
echo "$failures"
(trap 'echo leaving' EXIT; exit 3)
echo $?
diff <(seq 1 100) <(seq 1 2 100) | wc -l
