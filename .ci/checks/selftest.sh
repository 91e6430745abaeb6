#!/usr/bin/env bash
# Breaks each rule on purpose, in a tree of its own, and expects its check to say so.
set -euo pipefail
checks=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
status=0

fresh() {
  rm -rf "$tree/src"
  echo 'set(PADLOCK_RUNTIME_ROOMS memory calls)' >"$tree/CMakeLists.txt"
  mkdir -p "$tree"/src/{include/padlock,core,os,cli}
  printf '#ifndef PADLOCK_A_H\n#define PADLOCK_A_H\n#ifdef __cplusplus\n#endif\n#endif\n' >"$tree/src/include/padlock/a.h"
  printf '#include <padlock/a.h>\n#include <vector>\n#include "core/b.h"\n' >"$tree/src/core/a.cpp"
  printf '#if 1\n#endif\n#include "core/a.h"\n' >"$tree/src/os/a.cpp"
}

expect() { # "passes" or "fails", words, command...
  local wanted=$1 words=$2 outcome=passes
  shift 2
  "$@" >"$tree/output" 2>&1 || outcome=fails
  if [[ $outcome != "$wanted" ]] || [[ $(<"$tree/output") != *"$words"* ]]; then
    echo "not ok: $words: $outcome, should be: $wanted"
    cat "$tree/output"
    status=1
  fi
}

fresh
expect passes "" "$checks/layers.sh" "$tree"
expect passes "" "$checks/system_headers.sh" "$tree"
expect passes "" "$checks/conditionals.sh" "$tree"
expect passes "" "$checks/lengths.sh" "$tree"
expect passes "" "$checks/own_mappings.sh" "$tree"

fresh && echo '#include "os/pages.h"' >>"$tree/src/core/a.cpp"
expect fails 'src/core/a.cpp:4: core must not include os ("os/pages.h")' "$checks/layers.sh" "$tree"
fresh && echo '#  include "core/a.h"' >>"$tree/src/include/padlock/a.h"
expect fails 'include must not include core' "$checks/layers.sh" "$tree"
fresh && echo '#include "sibling.h"' >>"$tree/src/core/a.cpp"
expect fails '"sibling.h" does not begin with a layer' "$checks/layers.sh" "$tree"
fresh && mkdir "$tree/src/extra" && echo >"$tree/src/extra/a.h"
expect fails 'src/extra is not a layer' "$checks/layers.sh" "$tree"

fresh && mkdir -p "$tree"/src/runtime/{memory,calls} && echo '#include "runtime/memory/a.h"' >"$tree/src/runtime/calls/a.cpp"
expect passes "" "$checks/layers.sh" "$tree"
fresh && mkdir -p "$tree"/src/runtime/memory && echo '#include "runtime/calls/a.h"' >"$tree/src/runtime/memory/a.cpp"
expect fails 'runtime/memory must not include runtime/calls ("runtime/calls/a.h")' "$checks/layers.sh" "$tree"
fresh && mkdir -p "$tree/src/runtime" && echo >"$tree/src/runtime/a.cpp"
expect fails 'src/runtime/a.cpp: not in a room of src/runtime' "$checks/layers.sh" "$tree"
fresh && echo '#include "cli/b.h"' >"$tree/src/cli/c.h" && echo '#include "cli/c.h"' >"$tree/src/cli/b.cpp"
expect fails 'include cycle: ' "$checks/layers.sh" "$tree"

fresh && echo '#include <sys/mman.h>' >>"$tree/src/core/a.cpp"
expect fails 'src/core/a.cpp:4: <sys/mman.h> belongs in src/os' "$checks/system_headers.sh" "$tree"
fresh && echo '#include <csignal>' >>"$tree/src/core/a.cpp"
expect fails '<csignal> belongs in src/os' "$checks/system_headers.sh" "$tree"
fresh && echo '#include <stdint.h>' >>"$tree/src/core/a.cpp"
expect fails '<stdint.h> belongs in src/os' "$checks/system_headers.sh" "$tree"
fresh && echo '#include <stdint.h>' >>"$tree/src/include/padlock/a.h"
expect passes "" "$checks/system_headers.sh" "$tree"
fresh && mkdir -p "$tree/src/arch" && printf '#include <cpuid.h>\n#include <unistd.h>\n' >"$tree/src/arch/a.h"
expect fails 'src/arch/a.h:2: <unistd.h> belongs in src/os' "$checks/system_headers.sh" "$tree"
for room in os cli; do
  fresh && echo '#include <sys/mman.h>' >>"$tree/src/$room/a.cpp"
  expect passes "" "$checks/system_headers.sh" "$tree"
done

fresh && echo '#ifdef __linux__' >>"$tree/src/core/a.cpp"
expect fails 'src/core/a.cpp:4: conditional' "$checks/conditionals.sh" "$tree"
fresh && echo '# if 0' >>"$tree/src/include/padlock/a.h"
expect fails 'src/include/padlock/a.h:6: conditional' "$checks/conditionals.sh" "$tree"

fresh && echo 'void* f() { return os::map(4096, os::Protection::kReadWrite); }' >>"$tree/src/core/a.cpp"
expect fails 'src/core/a.cpp:4: maps pages' "$checks/own_mappings.sh" "$tree"
fresh && echo 'void* f() { return map(4096, Protection::kReadWrite); }' >>"$tree/src/os/a.cpp"
expect fails 'src/os/a.cpp:4: maps pages' "$checks/own_mappings.sh" "$tree"
fresh && echo 'system_call(SYS_mmap, 0, 4096);' >>"$tree/src/os/a.cpp"
expect fails 'src/os/a.cpp:4: maps pages' "$checks/own_mappings.sh" "$tree"
fresh && echo 'system_call(SYS_mmap, 0, 4096);' >>"$tree/src/os/tables.cpp"
expect passes "" "$checks/own_mappings.sh" "$tree"

fresh && seq 500 >"$tree/src/core/c.h"
expect passes "" "$checks/lengths.sh" "$tree"
fresh && seq 501 >"$tree/src/core/c.h"
expect fails 'src/core/c.h: longer than 500 lines' "$checks/lengths.sh" "$tree"

fresh && mkdir -p "$tree"/{tests,src/core/heap} && cp -r "$checks/../../tests/mutants" "$tree/tests/"
mkdir -p "$tree/bench" && cp -r "$checks/../../bench/peers" "$tree/bench/"
echo >"$tree/src/core/heap/allocate.cpp"
expect fails 'not in src/core/heap/allocate.cpp any more' "$checks/mutants.sh" "$tree"
cp -r "$checks/../../src" "$tree/" && sed -i '/arch::crc32c(keys.seal/d' "$tree/src/core/block/seal.h"
for file in "$tree"/tests/mutants/*.mutants; do : >"$file"; done
expect fails 'seal: not in src/core/block/seal.h any more' "$checks/mutants.sh" "$tree"

fresh && mkdir -p "$tree/docs" && touch "$tree"/{README,SECURITY,CONTRIBUTING}.md "$tree"/docs/{DESIGN,ADDING,CI,COMING_FROM,INVARIANTS,FUZZING}.md
# shellcheck disable=SC2016  # the backquotes are Markdown's
echo 'It is in `core/a.cpp`, and `src/core/gone.h`.' >"$tree/README.md"
expect fails 'README.md:1: there is no src/core/gone.h' "$checks/documents.sh" "$tree"
printf '(%s)\n' SECURITY.md CONTRIBUTING.md docs/{DESIGN,ADDING,CI,COMING_FROM,INVARIANTS}.md >"$tree/README.md"
expect fails 'README.md: no link to docs/FUZZING.md' "$checks/documents.sh" "$tree"
echo '(docs/FUZZING.md)' >>"$tree/README.md"
expect passes "" "$checks/documents.sh" "$tree"
echo 'See [this](GONE.md).' >"$tree/docs/CI.md"
expect fails 'docs/CI.md: a link to GONE.md, which is not there' "$checks/documents.sh" "$tree"

compile() { echo "$2" | "${CXX:-c++}" -x c++ -c -o "$tree/$1.o" -; }
compile pure 'void f(char* p) { __builtin_memset(p, 0, 999999); }'
compile user 'void f(char*); void g(char* p) { f(p); }'
compile impure 'void* f() { return new int[3]; }'
compile os 'extern "C" int getpid(); int f() { return getpid(); }'
expect passes "" "$checks/core_symbols.sh" "$tree/pure.o" "$tree/user.o"
expect fails 'f(char*)' "$checks/core_symbols.sh" "$tree/user.o"
expect fails 'operator new[](unsigned long)' "$checks/core_symbols.sh" "$tree/pure.o" "$tree/impure.o"
expect fails 'getpid' "$checks/core_symbols.sh" "$tree/os.o"

link() { # name, code
  gcc -shared -fPIC -x c -o "$tree/$1.so" - <<<"$2"
  gcc -c -fPIC -x c -o "$tree/$1.o" - <<<"$2"
}
link plain 'void* memset(void*, int, unsigned long); void f(void* p, int n) { memset(p, 1, n); }'
link maps 'void* mmap(void*, unsigned long, int, int, int, long); void* f(void) { return mmap(0, 1, 0, 0, 0, 0); }'
link sleeps 'int usleep(unsigned); int f(void) { return usleep(1); }'
expect passes "" "$checks/outside_symbols.sh" "$tree/plain.so" "$tree/plain.o"
expect passes "" "$checks/outside_symbols.sh" "$tree/maps.so" "$tree/plain.o"
expect fails "Padlock's own code needs" "$checks/outside_symbols.sh" "$tree/maps.so" "$tree/maps.o"
expect fails 'usleep' "$checks/outside_symbols.sh" "$tree/sleeps.so" "$tree/plain.o"

exit "$status"
