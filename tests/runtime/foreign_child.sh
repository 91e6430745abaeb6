#!/bin/bash
# foreign_child.sh LIBPADLOCK PROGRAM WAY: PROGRAM starts a 32-bit program by WAY, whose environment is the same but for
# Padlock in LD_PRELOAD; a script whose interpreter it is; and a 64-bit program, which keeps Padlock.
set -u
library=$1 program=$2 way=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# A static program for i386, by hand: header, one segment, and code that writes the environment and ends with status 7.
word() { printf '%b' "\\x${1:6:2}\\x${1:4:2}\\x${1:2:2}\\x${1:0:2}"; }
{
  printf '\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x03\0'
  for w in 00000001 08048054 00000034 00000000 00000000 00200034 00280001 00000000; do word $w; done
  for w in 00000001 00000000 08048000 08048000 0000008e 0000008e 00000005 00001000; do word $w; done
  printf '\x8b\x0c\x24\x8d\x74\x8c\x08\x8b\x0e\x85\xc9\x74\x21\x31\xd2\x80\x3c\x11\x00\x74\x03\x42\xeb\xf7\xc6\x04\x11\x0a'
  printf '\x42\xbb\x01\x00\x00\x00\xb8\x04\x00\x00\x00\xcd\x80\x83\xc6\x04\xeb\xd9\xbb\x07\x00\x00\x00\xb8\x01\x00\x00\x00\xcd\x80'
} >"$work/foreign"
echo "#! $work/foreign -x" >"$work/script"
ln -s "$(type -P env)" "$work/native"
chmod 755 "$work/foreign" "$work/script"
[[ $(env -i A=1 "$work/foreign") == A=1 ]] || { echo "no 32-bit programs here"; exit 77; }

expect() { # status, environment but for PATH, LD_PRELOAD, file
  local output status
  output=$(env -i "PATH=$work:/bin" A=1 "LD_PRELOAD=$3" B=2 "$program" "$way" "$where$4" 2>&1)
  status=$?
  [[ $status == "$1" && $output == "PATH=$work:/bin"$'\n'"$2" ]] || { echo "$4 under $3: status $status, $output"; failed=1; }
}
where=$work/
[[ $way == *p || $way == *vpe ]] && where=
for file in foreign script; do
  expect 7 $'A=1\nB=2' "$library" "$file"
  expect 7 $'A=1\nLD_PRELOAD=libm.so.6:libdl.so.2\nB=2' "libm.so.6:$library:libdl.so.2" "$file"
done
expect 0 "A=1
LD_PRELOAD=$library
B=2" "$library" native
exit "$failed"
