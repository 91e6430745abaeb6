#!/usr/bin/env bash
# deb.sh BUILD_DIR VERSION: the Debian package that CPack makes, unpacked into a root of its own, is whole and works there.
set -euo pipefail
build=$1 version=$2
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PADLOCK_OPTIONS PADLOCK_LIBRARY LD_PRELOAD
ulimit -c 0
command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null || exit 77

expect() { [[ $1 == "$2" ]] || { echo "expected '$1', got '$2'" && exit 1; }; }

(cd "$work" && cpack --config "$build/CPackConfig.cmake" -G DEB -B "$work/packages" >"$work/log" 2>&1) || { cat "$work/log" && exit 1; }
package=$work/packages/padlock_${version}_$(dpkg --print-architecture).deb
field() { dpkg-deb -f "$package" "$1"; }
expect padlock "$(field Package)"
expect "$version" "$(field Version)"
[[ $(field Depends) == *"libc6 (>= 2."* ]] || { echo "depends on: $(field Depends)" && exit 1; }

root=$work/root
dpkg-deb -x "$package" "$root"
for file in bin/padlock lib/libpadlock.so lib/libpadlock.so.0 "lib/libpadlock.so.$version" lib/libpadlock.a \
  include/padlock/padlock.h lib/cmake/padlock/padlock-config.cmake lib/pkgconfig/padlock.pc share/man/man1/padlock.1 \
  "share/gdb/auto-load/usr/lib/libpadlock.so.$version-gdb.py" \
  share/bash-completion/completions/padlock share/zsh/vendor-completions/_padlock share/doc/padlock/CHANGELOG.md; do
  [[ -e $root/usr/$file ]] || { echo "the package has no /usr/$file" && exit 1; }
done

cc -g -fno-builtin "$here/consumer/caller.c" "$here/consumer/library.c" -o "$work/plain"
report=$("$root/usr/bin/padlock" run -- "$work/plain" 2>&1 >/dev/null) || true
expect heap-buffer-overflow "$(sed -n 's/^==[0-9]*==ERROR: Padlock: \([a-z-]*\): .*/\1/p' <<<"$report")"
