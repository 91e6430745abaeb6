#!/bin/bash
# exported_symbols.sh LIBRARY LIST: the library exports exactly the symbols of LIST, each with its version, if any, and
# needs nothing but libc.
set -u
library=$1
list=$2
nm -D --defined-only --format=posix "$library" | awk '{ print $1 }' | LC_ALL=C sort |
  diff "$list" - || { echo "(<: expected, >: exported)"; exit 1; }
needed=$(readelf -d "$library" | awk '/NEEDED/ { gsub(/[][]/, "", $5); print $5 }' | sort | tr '\n' ' ')
case $needed in
  'libc.so.6 ' | 'ld-linux-x86-64.so.2 libc.so.6 ') ;;
  *) echo "the library needs: $needed"; exit 1 ;;
esac
