#!/bin/bash
# names.sh LIBPADLOCK PROGRAM HOW: what a report of the program, a double free, names where
#   no_proc     there is no /proc: everything;
#   zlib        its debug information is compressed: everything;
#   zstd        it is compressed in a way that is not known: functions, modules, offsets, build ids;
#   split       it lies in another file: files and lines, and functions of the symbol table;
#   unreadable  the program's file may be executed but not read: modules, offsets, build ids, and the names of libraries.
# Ends with 77 where such a place cannot be made.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cp "$1" "$work/libpadlock.so" && cp "$2" "$work/program" && chmod 755 "$work/libpadlock.so" || exit 1
run="ulimit -c 0; LD_PRELOAD=$work/libpadlock.so exec $work/program"
case $3 in
  no_proc)
    unshare -m sh -c 'mount -t tmpfs none /proc' 2>/dev/null || exit 77
    said=$(unshare -m sh -c "mount -t tmpfs none /proc && $run" 2>&1)
    wanted='^    #0 0x[0-9a-f]+ in drop_text [^ ]*/ini\.h:[0-9]+ \(inlined\)$'
    ;;
  zlib)
    said=$(sh -c "$run" 2>&1)
    wanted='^    #0 0x[0-9a-f]+ in drop_text [^ ]*/ini\.h:[0-9]+ \(inlined\)$'
    ;;
  zstd)
    said=$(sh -c "$run" 2>&1)
    wanted='^    #0 0x[0-9a-f]+ in close_file[^ ]* \([^ ]*/program\+0x[0-9a-f]+\) \(BuildId: [0-9a-f]+\)$'
    ;;
  split)
    said=$(sh -c "$run" 2>&1)
    wanted='^    #0 0x[0-9a-f]+ in close_file[^ ]* [^ ]*/ini\.h:[0-9]+$'
    ;;
  unreadable)
    chmod 111 "$work/program"
    as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    "${as_nobody[@]}" true 2>/dev/null || exit 77
    said=$("${as_nobody[@]}" sh -c "$run" 2>&1)
    wanted='^    #0 0x[0-9a-f]+ \([^ ]*/program\+0x[0-9a-f]+\) \(BuildId: [0-9a-f]+\)$'
    grep -q '^    #.* in __libc_start_main' <<<"$said" || { echo "no names of libraries: $said"; exit 1; }
    ;;
esac
frames=$(grep -A1 '^Freed again by' <<<"$said")
grep -qE "$wanted" <<<"$frames" && ! grep -q 'unknown module' <<<"$said" && exit 0
printf 'wanted: %s\ngot:\n%s\n' "$wanted" "$said"
exit 1
