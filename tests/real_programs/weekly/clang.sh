#!/bin/bash
# Compiling, optimizing, analysing and formatting C++, linking with lld, and what it makes.
# needs: clang++-14 clang-format-14 ld.lld-14 clang-tidy-14
# packages: clang-14 clang-format-14 lld-14 clang-tidy-14
cat >words.cpp <<'CPP'
#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <vector>
int main() { std::map<std::string,int> n; std::string t; for(int i=0;i<3000;++i) t+="word"+std::to_string(i*7919%503)+" ";
 std::regex w("[a-z]+[0-9]+"); for(std::sregex_iterator i(t.begin(),t.end(),w),e;i!=e;++i) ++n[i->str()];
 std::vector<std::pair<int,std::string>> v; for(auto&[k,c]:n) v.emplace_back(-c,k); std::sort(v.begin(),v.end()); for(int i=0;i<5;++i) std::cout<<v[i].second<<' '<<-v[i].first<<'\n'; }
CPP
clang++-14 -std=c++20 -O2 -fuse-ld=lld-14 words.cpp -o words && ./words
clang++-14 -std=c++20 -O1 -S -emit-llvm words.cpp -o - | wc -l
clang++-14 -std=c++20 -O1 -flto -fuse-ld=lld-14 words.cpp -o whole && ./whole | md5sum
clang++-14 -std=c++20 --analyze words.cpp 2>&1 | head -n 3
clang-format-14 --style=Google words.cpp | md5sum
clang-tidy-14 -checks='-*,modernize-*' words.cpp -- -std=c++20 2>/dev/null | grep -c warning
clang++-14 -fsyntax-only -x c++ - <<<'int f( { return 0; }' 2>&1 | head -n 3
