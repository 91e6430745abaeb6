#!/bin/bash
# A script of 2,000 steps: each runs a program, substitutes a command, or forks.
# needs: bash sed tr
total=0
for ((i = 1; i <= 500; ++i)); do
  value=$(printf '%s\n' "$i" "$i" | sed '1!d; s/7/9/g')
  total=$((total + value))
  (exit $((i % 3)))
  total=$((total + $?))
  case $(printf '%x' "$i" | tr a-f A-F) in *A*) ((++letters)) ;; esac
  list+=("$value")
done
echo "$total ${letters:-0} ${#list[@]}"
echo "${list[*]}" | md5sum
