#!/bin/bash
# said.sh LIBPADLOCK PROGRAM: that a flag of dlopen is cleared is said with verbosity=1, and only then; with
# keep_deepbind=1 it is not.
set -u
line="Padlock: libloading_plugin.so: opened without RTLD_DEEPBIND"
said() { { (ulimit -c 0; LD_PRELOAD=$1 PADLOCK_OPTIONS=$3 "$2" ${4:+"$4"} 2>&1 >/dev/null); } 2>/dev/null | grep -c "$line"; }
[[ $(said "$1" "$2" verbosity=1) == 1 ]] || { echo "not said"; exit 1; }
[[ $(said "$1" "$2" verbosity=0) == 0 ]] || { echo "said without being asked for"; exit 1; }
[[ $(said "$1" "$2" verbosity=1:keep_deepbind=1) == 0 ]] || { echo "cleared all the same"; exit 1; }
[[ $(said "$1" "$2" verbosity=1 plain) == 0 ]] || { echo "said of a flag that was not there"; exit 1; }
