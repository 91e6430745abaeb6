#!/bin/bash
# privileged_child.sh LIBPADLOCK PROGRAM WAY: PROGRAM starts a program that gains privileges by WAY, of which one line warns;
# it starts another one without a word.
set -u
library=$1 program=$2 way=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cp /bin/true "$work/plain"
if [[ $(id -u) == 0 ]]; then  # for root a file that belongs to somebody else
  cp /bin/true "$work/privileged"
  chown 1 "$work/privileged" && chmod 4755 "$work/privileged"
else
  for file in /usr/bin/{su,passwd,mount,chfn}; do
    [[ -u $file ]] && ln -s "$file" "$work/privileged" && break
  done
fi
[[ -u $work/privileged ]] || { echo "nothing gains privileges here"; exit 77; }
grep -q '^NoNewPrivs:[[:space:]]*0' /proc/self/status || { echo "no program may gain privileges"; exit 77; }
[[ $(findmnt -n -o OPTIONS -T "$work/privileged" 2>/dev/null) == *nosuid* ]] && { echo "nor on this mount"; exit 77; }

warnings() { PATH=$work:$PATH LD_PRELOAD=$library "$program" "$way" "$1" --help 2>&1 >/dev/null | grep -c 'nothing is guarded: .* gains privileges'; }
where=$work/
[[ $way == *p ]] && where=
[[ $(warnings "${where}privileged") == 1 ]] || { echo "no warning"; exit 1; }
[[ $(warnings "${where}plain") == 0 ]] || { echo "a warning of a plain program"; exit 1; }
