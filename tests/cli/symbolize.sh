#!/bin/bash
# The report of a stripped program, named by debug information that lies elsewhere, in each form that it comes in.
#   symbolize.sh <padlock> <libpadlock.so> <source> <compiler>
set -u
padlock=$1
library=$2
source=$3
compiler=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
fail() {
  echo "FAILED: $*" >&2
  cat report found warnings >&2 2>/dev/null
  exit 1
}
build() {
  rm -rf symbols program && mkdir symbols
  "$compiler" -O2 -fno-builtin "$@" "$source" -o whole || exit 77
  cp whole program && strip program
  (ulimit -c 0; PADLOCK_OPTIONS=guard_per_site=0 LD_PRELOAD=$library ./program >/dev/null 2>report)
  grep -q '^    #0 0x[0-9a-f]* (.*/program+0x[0-9a-f]*) (BuildId: [0-9a-f]*)$' report || fail "the report has names already"
}
build_id() { readelf -n whole | sed -n 's/.*Build ID: //p'; }
# The stack of the check, without addresses.
found_by() { sed -nE '/^Found by/,/^$/s/^    (#[0-9]+) 0x[0-9a-f]+ (in .*) [^ ]*(programs\/)/\1 \2 \3/p' "$1"; }
expected='#0 in release programs/inlined_overflow.c:3 (inlined)
#1 in overrun programs/inlined_overflow.c:7 (inlined)
#2 in work programs/inlined_overflow.c:11
#3 in main programs/inlined_overflow.c:16'
expect_names() {
  "$padlock" symbolize --symbol-path symbols report >found 2>warnings || fail "$1: exit status $?"
  [[ $(found_by found) == "$expected" ]] || fail "$1: $(found_by found)"
  ! grep -q program warnings || fail "$1: a warning"
  [[ $(grep -vE '^(    #|SUMMARY)' report) == "$(grep -vE '^(    #|SUMMARY)' found)" ]] || fail "$1: other lines changed"
  grep -q '^SUMMARY: Padlock: heap-buffer-overflow /.*/inlined_overflow.c:16 in main$' found || fail "$1: the summary"
}

build -g
cp whole symbols/program
expect_names "the program itself"

rm symbols/program
id=$(build_id)
mkdir -p "symbols/.build-id/${id:0:2}"
objcopy --only-keep-debug whole "symbols/.build-id/${id:0:2}/${id:2}.debug"
expect_names "a folder of build ids"
"$padlock" symbolize --symbol-path symbols <report >found || fail "standard input"
[[ $(found_by found) == "$expected" ]] || fail "standard input"

build -g -gz=zlib
cp whole symbols/program
expect_names "compressed debug information"

build -g -gsplit-dwarf
cp whole symbols/program
expect_names "split debug information"

# Lines of JSON, on standard error and of json_path, beside text: each frame has names, the summary too, and nothing else changes.
(ulimit -c 0; PADLOCK_OPTIONS=guard_per_site=0:report_format=json:json_path=$work/lines LD_PRELOAD=$library ./program >/dev/null 2>report)
cmp -s report lines || fail "json_path is not report_format=json"
cp report text && printf '%s\n' '{"schema_version":1,"cut' '{}' '{"schema_version":2,"stacks":[]}' '{"schema_version":1,"stacks":[3,{"frames":{}},{"frames":[1]}],"culprit":2}' >>report
"$padlock" symbolize --symbol-path symbols report >found 2>warnings || fail "JSON: exit status $?"
[[ $(tail -n 4 found) == "$(tail -n 4 report)" ]] || fail "JSON: lines that are no reports"
python3 - found text <<'END' || fail "JSON"
import json, sys
named, was = (json.loads(open(name).readline()) for name in sys.argv[1:])
frames = [stack for stack in named["stacks"] if stack["role"] == "found-damage"][0]["frames"]
said = [(f["function"], f["file"].split("/")[-1], f["line"], f["inlined"]) for f in frames if "inlined_overflow" in f.get("file", "")]
assert said == [("release", "inlined_overflow.c", 3, True), ("overrun", "inlined_overflow.c", 7, True), ("work", "inlined_overflow.c", 11, False),
                ("main", "inlined_overflow.c", 16, False)], said
assert all("pc" in f and list(f)[-1] == "inlined" for f in frames), frames
assert named["culprit"]["line"] == 16 and named["culprit"]["function"] == "main", named["culprit"]
assert named["summary"].startswith("heap-buffer-overflow /") and named["summary"].endswith("/inlined_overflow.c:16 in main"), named["summary"]
for report in (named, was):
    for name in ("stacks", "culprit", "summary"):
        del report[name]
assert list(named.items()) == list(was.items())
END
! grep -q program warnings || fail "JSON: a warning"

# Of another build: no names rather than wrong ones, and what is missing is said.
build -g
cp report first
build -g -DOTHER
cp whole symbols/program
cp first report
"$padlock" symbolize --symbol-path symbols report >found 2>warnings || fail "another build: exit status $?"
rm program
cmp -s report found || grep -q '/program+0x' found || fail "names of another build"
grep -q "^padlock: no source lines for $work/program (BuildId: [0-9a-f]*)$" warnings || fail "nothing is said of what is missing"

# The C runtime's start has no line in any program: that is no reason to look for debug information.
printf '%s\n' "    #3 0x12 in _start ($work/symbols/program+0x1) (BuildId: abc)" >report
"$padlock" symbolize report >found 2>warnings || fail "_start: exit status $?"
[[ ! -s warnings ]] || fail "_start is said to lack lines"

# Hostile lines are copied.
printf '%s\n' '    #0 0x (+0x)' '    #1 0x12 in f (m+0xffffffffffffffff) (BuildId: abc)' '    #99999999999 0x1 (x+0x1)' '' '==1==ERROR' >report
"$padlock" symbolize report >found 2>/dev/null || fail "hostile lines: exit status $?"
[[ $(wc -l <found) == 5 ]] || fail "hostile lines"
"$padlock" symbolize /no/such/report 2>warnings && fail "a missing report"
grep -qx 'padlock: /no/such/report cannot be read' warnings || fail "a missing report"
