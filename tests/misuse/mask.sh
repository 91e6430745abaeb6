#!/bin/bash
# Masks what differs from run to run, from gcc to clang and from preload to static linking in a report on stdin:
#   - addresses, process and thread ids, allocation numbers, directories;
#   - frames outside the misuse programs; what is left of a frame is its function, file and line; the hash of a stack, and
#     a summary's place outside the programs;
#   - in the hex dump: expected bytes (they are keyed), undamaged bytes, those of headers, and the text column.
# Lines that are wrapped where numbers of varying width decide are joined again.
# What is left is exact: kind, sizes, origins, states, offsets, lengths, written bytes, diagnosis, threads, stacks.
set -eu

# shellcheck disable=SC2016  # awk's dollars
frames_and_dump='
/^    #[0-9]+ / {
  if ($0 !~ /\/tests\/misuse\/[^ ]*:[0-9]+( \(inlined\))?$/) next
  sub(/^    #[0-9]+ 0x[0-9a-f]+ in /, "    ")
  sub(/ [^ ]*\//, " ")
  print
  next
}
/^    expected / { gsub(/ [0-9a-f][0-9a-f]/, " .."); print; next }
/^ *[+-][0-9]+[][| ][0-9a-f ]*/ && match($0, /^ *[+-][0-9]+/) {
  row = substr($0, 1, RLENGTH + 1)
  header = row ~ /-/
  bytes = substr($0, RLENGTH + 2, 49)
  inside = 0
  for (i = 0; i < 16; ++i) {
    before = substr(bytes, 1 + 3 * i, 1)
    byte = substr(bytes, 2 + 3 * i, 2)
    if (before == "[") inside = 1
    if (before == "]") inside = 0
    if (byte ~ /[0-9a-f]/ && (!inside || header)) byte = ".."
    row = row before byte
  }
  print row substr(bytes, 49, 1)
  next
}
{ print }'

# shellcheck disable=SC2016
wrapped='
joining && /^([A-Z]|$)/ { joining = 0; print "" }
/^(The write happened|Damage:|Access:|Block )/ { joining = 1; printf "%s", $0; next }
joining { sub(/^ +/, ""); printf " %s", $0; next }
{ print }'

awk "$wrapped" | awk "$frames_and_dump" | sed -E '
  s/^==[0-9]+==/==PID==/
  s/0x[0-9a-f]{9,}/ADDRESS/g
  s/tid [0-9]+/tid N/g
  s/#[0-9]+/#N/g
  s/of [0-9]+ so far/of N so far/
  s/^Stack hash: [0-9a-f]{16}$/Stack hash: HASH/
  /^SUMMARY: /{
    s/^(SUMMARY: Padlock: [a-z-]+) [^ ]*\/tests\/misuse\/[^ ]*\//\1 /
    s/^(SUMMARY: Padlock: [a-z-]+) \(?[^ ]*\/.*/\1 ELSEWHERE/
  }
  s/(misuse\.h):[0-9]+/\1:N/
  s/, in [^ ]*\//, in /
  s/ +$//'
