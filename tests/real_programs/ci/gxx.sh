#!/bin/bash
# The compiler driver, cc1plus, as, collect2 and ld, on a file of Padlock and on a program that then runs.
# needs: g++
# packages: g++
g++ -std=c++20 -O2 -I"$PADLOCK_SOURCE_DIR/src" -I"$PADLOCK_SOURCE_DIR/src/include" \
  -c "$PADLOCK_SOURCE_DIR/src/options/parser.cpp" -o parser.o || exit 1
md5sum <parser.o
cat >words.cpp <<'CPP'
#include <iostream>
#include <map>
#include <sstream>
#include <string>
int main() {
  std::map<std::string, int> counts;
  std::istringstream text("the quick brown fox jumps over the lazy dog and the cat");
  for (std::string word; text >> word;) ++counts[word];
  for (const auto& [word, count] : counts) std::cout << word << ' ' << count << '\n';
}
CPP
g++ -std=c++20 -O1 words.cpp -o words && ./words
g++ -c -x c++ - <<<'int f( { return 0; }' 2>&1 | head -n 3
