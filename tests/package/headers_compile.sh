#!/usr/bin/env bash
# headers_compile.sh C_COMPILER C++_COMPILER INCLUDE_DIR: each public header compiles by itself, without a warning.
set -euo pipefail
c=$1 cxx=$2 include=$3
strict=(-Wall -Wextra -Wshadow -Wconversion -Wpedantic -Werror -fsyntax-only -I "$include")

for standard in c11 c17; do
  "$c" -x c -std=$standard -Wstrict-prototypes "${strict[@]}" - <<<'#include <padlock/padlock.h>'
  "$c" -x c -std=$standard -Wstrict-prototypes "${strict[@]}" - <<<'#include <padlock/fuzz.h>'
done
for header in "$include"/padlock/*.h; do
  "$cxx" -x c++ -std=c++20 "${strict[@]}" - <<<"#include <padlock/${header##*/}>"
done
# The C API asks for no particular C++.
"$cxx" -x c++ -std=c++11 "${strict[@]}" - <<<'#include <padlock/padlock.h>'
