#!/bin/bash
# A fuzz target of somebody else's under Padlock: what the fuzzer keeps when Padlock reports.
#   run.sh <case> <sources> <include folder> <libpadlock.so> <libpadlock.a>
# Without the fuzzer: 77.
set -u
case=$1
sources=$2
include=$3
shared=$4
static=$5

fail() {
  echo "FAILED: $*" >&2
  [[ ! -e log ]] || cat log >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# Builds ./target with libFuzzer.
build() {
  command -v clang-14 >/dev/null || exit 77
  clang-14 -g -O1 -fsanitize=fuzzer -I "$include" "$sources/target.c" -o target "$@" 2>build.log && return
  cat build.log >&2
  grep -q 'libclang_rt.fuzzer' build.log && exit 77
  fail "the target does not build"
}
# fuzz ARGUMENTS...: under the library; its output in `log`, its exit status in `status`.
fuzz() {
  LD_PRELOAD=$shared timeout 100 ./target -seed=1 "$@" >log 2>&1
  status=$?
}
expect_report() {
  [[ $status == 77 ]] || fail "exit status $status, not libFuzzer's 77"
  grep -qE "^==[0-9]+==ERROR: Padlock: $1" log || fail "no report: $1"
  ! grep -q 'WARNING' log || fail "a warning"
}
# The one artifact begins with $1.
expect_artifact() {
  local -a found=(crash-*)
  [[ ${#found[@]} == 1 && $(head -c 2 "${found[0]}") == "$1" ]] || fail "artifacts: $(head -c 20 crash-*)"
}

# Whichever bug came first.
expect_one_of_two() {
  if grep -q 'use-after-free-write' log; then
    expect_report 'use-after-free-write: 1 byte written at offset 20 of a freed 24-byte block'
    expect_artifact UA
  else
    expect_report 'heap-buffer-overflow: 1 byte written past the end of a 24-byte block'
    expect_artifact OV
  fi
}

case $case in
preloaded)
  build
  mkdir corpus && printf 'Uxx' >corpus/seed
  fuzz -runs=3000000 corpus
  expect_one_of_two
  ;;
linked)
  build -Wl,-u,padlock_version "$static" -lbacktrace -lstdc++ -lpthread -ldl
  shared=
  printf 'OVx' >input
  fuzz input
  expect_report 'heap-buffer-overflow: 1 byte written past the end of a 24-byte block'
  ;;
forked)
  build
  mkdir corpus && printf 'Oxx' >corpus/seed
  fuzz -fork=1 -artifact_prefix=./ corpus
  expect_one_of_two
  ;;
minimized)
  build
  printf 'UA and more than it takes' >input
  fuzz -minimize_crash=1 -runs=5000 -exact_artifact_path=./crash-small input
  [[ $(cat crash-small) == UA ]] || fail "minimized to: $(head -c 30 crash-small)"
  ;;
afl)
  command -v afl-clang-fast >/dev/null && command -v afl-fuzz >/dev/null || exit 77
  afl-clang-fast -g -O1 -I "$include" "$sources/target.c" "$sources/persistent.c" -o target >build.log 2>&1 || {
    cat build.log >&2
    exit 77
  }
  mkdir in && printf 'OUxx' >in/seed
  export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_BENCH_UNTIL_CRASH=1
  AFL_PRELOAD=$shared timeout 100 afl-fuzz -s 1 -V 90 -i in -o out -- ./target >log 2>&1
  crashes=(out/default/crashes/id*)
  [[ -f ${crashes[0]} ]] || fail "no crash was kept"
  # the fuzzer notices that it is to stop a moment after the first crash: there may be more
  for crash in "${crashes[@]}"; do
    LD_PRELOAD=$shared ./target <"$crash" >replay 2>&1
    grep -qE '^==[0-9]+==ERROR: Padlock: (heap-buffer-overflow|use-after-free-write)' replay || fail "$crash does not come back"
  done
  ;;
esac
