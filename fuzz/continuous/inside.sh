#!/usr/bin/env bash
# inside.sh STEP FILE: one step of run.sh for $SANITIZER, in the root that it made. /out-<sanitizer> is what $OUT would be of
# an image for that sanitizer alone, /corpus/<harness> what is stored between runs, /finds/<sanitizer> what crashed.
set -euo pipefail
# shellcheck disable=SC2153  # run.sh sets it
export SRC WORK=/work-$SANITIZER OUT=/out-$SANITIZER
mkdir -p "$WORK" "$OUT" "/finds/$SANITIZER" /corpus

# As base-builder's `compile` puts them together.
flags() {
  local undefined=array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,returns-nonnull-attribute
  undefined+=,shift,signed-integer-overflow,unreachable,vla-bound,vptr
  local sanitizer='' coverage='-fsanitize=fuzzer-no-link'
  case $SANITIZER in
    address) sanitizer='-fsanitize=address -fsanitize-address-use-after-scope' ;;
    undefined) sanitizer="-fsanitize=$undefined -fno-sanitize-recover=$undefined" ;;
    coverage) coverage='-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed -Wl,-ldl -Wl,-lm -Wno-unused-command-line-argument -O0' ;;
  esac
  echo "-O1 -fno-omit-frame-pointer -gline-tables-only -Wno-error=incompatible-function-pointer-types" \
    "-Wno-error=implicit-function-declaration -Wno-error=implicit-int -Wno-error=deprecated-declarations" \
    "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION $sanitizer $coverage"
}

# Programs of $OUT that define LLVMFuzzerTestOneInput.
harnesses() {
  local file
  for file in "$OUT"/*; do
    if [[ -x $file && -f $file ]] && grep -q LLVMFuzzerTestOneInput "$file"; then basename "$file"; fi
  done
}

# Of the .options file, as run_fuzzer reads it, on top of the arguments that it always gives.
arguments_of() { # harness
  echo "-rss_limit_mb=2560"
  echo "-timeout=25"
  sed -n '/^\[libfuzzer\]/,/^\[/s/^\([a-z_]*\) *= *\(.*\)/-\1=\2/p' "$OUT/$1.options" 2>/dev/null |
    sed "s|^-dict=|-dict=$OUT/|" || true
}

run() { # harness, arguments
  local harness=$1 options
  shift
  mapfile -t options < <(arguments_of "$harness")
  (cd "$OUT" && timeout 3600 "./$harness" "${options[@]}" "$@")
}

seed() { # harness: what is stored, and the seeds
  mkdir -p "/corpus/$1"
  unzip -q -o -d "/corpus/$1" "$OUT/$1_seed_corpus.zip"
}

bad=0
bad() { echo "BAD BUILD: $*" && bad=1; }

# What the image's check of a build looks at.
check() {
  local harness edges asan ubsan calls
  for harness in $(harnesses); do
    run "$harness" -seed=1337 -runs=4 >"/tmp/$harness.log" 2>&1 || true
    grep -q 'Done 4 runs' "/tmp/$harness.log" || bad "$harness does not start: $(tail -n 5 "/tmp/$harness.log")"
    seed "$harness"
    run "$harness" -runs=0 "/corpus/$harness" >"/tmp/$harness.seeds" 2>&1 || bad "$harness: a seed crashes: $(tail -n 5 "/tmp/$harness.seeds")"
    edges=$(sed -n 's/^INFO: Loaded .*counters): *\([0-9]*\).*/\1/p' "/tmp/$harness.log" | head -n 1)
    calls=$(objdump -d --no-show-raw-insn "$OUT/$harness" | grep -oE 'call +[0-9a-f]+ <__(asan|ubsan)' | grep -oE 'asan|ubsan' | sort | uniq -c || true)
    asan=$(awk '$2 == "asan" { print $1 }' <<<"$calls")
    ubsan=$(awk '$2 == "ubsan" { print $1 }' <<<"$calls")
    echo "$harness: ${edges:-0} edges, calls of AddressSanitizer ${asan:-0}, of UndefinedBehaviorSanitizer ${ubsan:-0}"
    case $SANITIZER in
      address) ((${asan:-0} >= 1000 && ${ubsan:-0} <= 200)) || bad "$harness is not built for address" ;;
      # The images ask for 168, of which 165 are the runtime's own calls there; here those are 4.
      undefined) ((${asan:-0} == 0 && ${ubsan:-0} >= 20)) || bad "$harness is not built for undefined" ;;
    esac
    [[ $SANITIZER == coverage ]] || ((${edges:-0} >= 100)) || bad "$harness has ${edges:-0} edges: partial instrumentation"
  done
}

build() {
  CC=clang CXX=clang++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer CFLAGS=$(flags) CXXFLAGS="$(flags) -stdlib=libc++" \
    bash -eu "$SRC/build.sh" >"$WORK/build.log" 2>&1 || { tail -n 30 "$WORK/build.log" && return 1; }
  echo "$(harnesses | wc -l) harnesses, $(find "$OUT" -name '*_seed_corpus.zip' | wc -l) corpora, $(find "$OUT" -name '*.dict' | wc -l) dictionaries"
  check
  return "$bad"
}

# A crash counts if one of ten further runs of the input crashes, too.
is_reproduced() { # harness, input
  local try
  for try in {1..10}; do
    run "$1" -runs=100 "$2" >"/tmp/reproduce.$try" 2>&1 || return 0
  done
  return 1
}

fuzz() { # harness, whether it goes on from what is stored only
  local harness=$1 before finds=/finds/$SANITIZER/$1 executions
  seed "$harness"
  mkdir -p "$finds"
  before=$(find "/corpus/$harness" -type f | wc -l)
  run "$harness" -max_total_time="$SECONDS_EACH" -print_final_stats=1 -len_control=0 -seed=1337 -artifact_prefix="$finds/" \
    "/corpus/$harness" >"/tmp/$harness.run" 2>&1 || true
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "/tmp/$harness.run")
  echo "$harness: ${executions:-?} executions, corpus $before -> $(find "/corpus/$harness" -type f | wc -l), finds $(find "$finds" -type f | wc -l)"
  local input
  for input in "$finds"/*; do
    [[ -f $input ]] || continue
    tail -n 40 "/tmp/$harness.run"
    if is_reproduced "$harness" "$input"; then echo "$harness crashes by $input" && return 1; fi
    echo "$harness: $input does not crash again"
  done
}

batch() {
  local harness failed=0
  for harness in $(harnesses); do fuzz "$harness" || failed=1; done
  return "$failed"
}

prune() {
  local harness before
  for harness in $(harnesses); do
    before=$(find "/corpus/$harness" -type f | wc -l)
    rm -rf /tmp/pruned
    mkdir -p /tmp/pruned
    run "$harness" -merge=1 /tmp/pruned "/corpus/$harness" >"/tmp/$harness.prune" 2>&1 || { tail -n 5 "/tmp/$harness.prune" && return 1; }
    rm -rf "/corpus/$harness"
    mv /tmp/pruned "/corpus/$harness"
    echo "$harness: $before -> $(find "/corpus/$harness" -type f | wc -l) inputs"
  done
}

coverage() {
  local harness objects=() profiles=/tmp/profiles
  rm -rf "$profiles" "$OUT/covered"
  mkdir -p "$profiles" "$OUT/covered"
  for harness in $(harnesses); do
    seed "$harness"
    LLVM_PROFILE_FILE=$profiles/$harness.profraw run "$harness" -runs=0 "/corpus/$harness" >"/tmp/$harness.coverage" 2>&1 || tail -n 5 "/tmp/$harness.coverage"
    llvm-profdata merge -sparse -o "$profiles/$harness.profdata" "$profiles/$harness.profraw"
    llvm-cov export -summary-only -instr-profile "$profiles/$harness.profdata" "$OUT/$harness" 2>/dev/null |
      python3 -c 'import json, sys
for file in json.load(sys.stdin)["data"][0]["files"]:
    if file["summary"]["lines"]["covered"] and "/src/padlock/" in file["filename"]:
        print(file["filename"].split("/src/padlock/", 1)[1])' >"$OUT/covered/$harness"
    echo "$harness runs $(wc -l <"$OUT/covered/$harness") files"
    objects+=(-object "$OUT/$harness")
  done
  rm -rf /corpus/.covered
  cp -r "$OUT/covered" /corpus/.covered
  llvm-profdata merge -sparse -o "$profiles/all.profdata" "$profiles"/*.profraw
  llvm-cov report -instr-profile "$profiles/all.profdata" "${objects[@]:1}" 2>/dev/null >"$OUT/report.txt" || true
  llvm-cov export -summary-only -instr-profile "$profiles/all.profdata" "${objects[@]:1}" 2>/dev/null |
    python3 -c 'import collections, json, re, sys
layers = collections.defaultdict(lambda: [0] * 4)
for file in json.load(sys.stdin)["data"][0]["files"]:
    if found := re.search("/src/padlock/src/([a-z]+)/", file["filename"]):
        for i, (kind, key) in enumerate((k, w) for k in ("lines", "branches") for w in ("count", "covered")):
            layers[found[1]][i] += file["summary"][kind][key]
for layer, (lines, hit, branches, taken) in sorted(layers.items()):
    print(f"{layer:10} lines {hit:6} of {lines:6} ({100 * hit / max(lines, 1):5.1f} %)   branches {taken:6} of {branches:6} ({100 * taken / max(branches, 1):5.1f} %)")'
}

# Without coverage of a harness it counts as affected; if none is, all run.
change() { # file
  local harness affected=()
  for harness in $(harnesses); do
    if [[ ! -s /corpus/.covered/$harness ]] || grep -qxF -- "$1" "/corpus/.covered/$harness"; then affected+=("$harness"); fi
  done
  ((${#affected[@]})) || mapfile -t affected < <(harnesses)
  echo "a change of $1 affects ${#affected[@]} of $(harnesses | wc -l) harnesses: ${affected[*]}"
  for harness in "${affected[@]}"; do fuzz "$harness" || return 1; done
}

"$1" "${2:-}"
