#!/usr/bin/env bash
# install_and_use.sh BUILD_DIR VERSION C++_COMPILER: what `cmake --install` puts down can be found, linked and run.
set -euo pipefail
build=$1 version=$2 compiler=$3
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
unset PADLOCK_OPTIONS PADLOCK_LIBRARY LD_PRELOAD
ulimit -c 0

expect() { [[ $1 == "$2" ]] || { echo "expected '$1', got '$2'" && exit 1; }; }
# Whether the command, run as it is, has Padlock find the overflow.
expect_found() {
  local report
  report=$("$@" 2>&1 >/dev/null) || true
  expect heap-buffer-overflow "$(sed -n 's/^==[0-9]*==ERROR: Padlock: \([a-z-]*\): .*/\1/p' <<<"$report")"
}

cmake --install "$build" --prefix "$prefix" >/dev/null
cmake -S "$here/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" >/dev/null
cmake --build "$work/consumer" >/dev/null
expect "$version 0 guarded" "$("$work/consumer/consumer" 2>/dev/null)"
for program in caller overrun; do expect_found "$work/consumer/$program"; done

# The installed command finds the installed library, and the installed library stands in for malloc.
expect "padlock $version" "$("$prefix/bin/padlock" --version)"
# shellcheck disable=SC2016  # the inner shell expands it
expect "$prefix/lib/libpadlock.so.$version" \
  "$(cd / && "$prefix/bin/padlock" run -- sh -c 'echo $LD_PRELOAD')"
cc -g -fno-builtin "$here/consumer/caller.c" "$here/consumer/library.c" -o "$work/plain"
expect_found "$prefix/bin/padlock" run -- "$work/plain"
for name in libpadlock.so libpadlock.so.0 "libpadlock.so.$version"; do
  expect_found env LD_PRELOAD="$prefix/lib/$name" "$work/plain"
done
# Linked as a shared library it is needed by its name, and preloaded besides it is there once.
cc -g -fno-builtin "$here/consumer/caller.c" "$here/consumer/library.c" -o "$work/shared" \
  -Wl,--no-as-needed -L"$prefix/lib" -lpadlock -Wl,-rpath,"$prefix/lib"
expect "libpadlock.so.0" "$(readelf -d "$work/shared" | sed -n 's/.*(NEEDED).*\[\(libpadlock.*\)\]/\1/p')"
expect_found "$work/shared"
expect_found env LD_PRELOAD="$prefix/lib/libpadlock.so" "$work/shared"

# pkg-config, and what does not need CMake.
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
expect "$version" "$(pkg-config --modversion padlock)"
expect "$prefix/lib/libpadlock.so" "$(realpath -s "$(pkg-config --variable=preload padlock)")"
# shellcheck disable=SC2046  # words
"$compiler" -std=c++20 -g $(pkg-config --cflags padlock) "$here/consumer/consumer.cpp" -o "$work/by_pkg_config" $(pkg-config --libs padlock)
expect "$version 0 guarded" "$("$work/by_pkg_config" 2>/dev/null)"

# The manual page has every subcommand and its options, and so has each completion.
"$prefix/bin/padlock" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p' >"$work/subcommands"
grep -qx run "$work/subcommands"
while read -r subcommand; do
  echo "$subcommand"
  "$prefix/bin/padlock" "$subcommand" --help | grep -oE -- '--[a-z-]+' | grep -vx -e --help -e --its-own-option -e '--' || true
done <"$work/subcommands" | sort -u >"$work/options"
for page in share/man/man1/padlock.1 share/bash-completion/completions/padlock share/zsh/vendor-completions/_padlock; do
  sed 's/\\-/-/g' "$prefix/$page" >"$work/page"
  while read -r option; do
    grep -qe "$option" "$work/page" || { echo "$page: no word of $option" && exit 1; }
  done <"$work/options"
done
if command -v man >/dev/null; then man --warnings -l "$prefix/share/man/man1/padlock.1" 2>&1 >/dev/null | grep . && exit 1; fi
completed() { # WORD...: what bash offers for the last one
  PATH=$prefix/bin:$PATH bash -c '
    source "$1"
    compopt() { :; }
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _padlock
    echo "${COMPREPLY[*]}"' - "$prefix/share/bash-completion/completions/padlock" "$@"
}
expect "run report" "$(completed padlock r)"
expect "--symbol-path" "$(completed padlock symbolize --s)"
expect "--runs" "$(completed padlock pinpoint --ru)"
expect "--strict" "$(completed padlock run --st)"
expect "--error-exitcode" "$(completed padlock run --leaks --err)"
expect "detect_leaks=" "$(completed padlock run -o detect)"
expect "" "$(completed padlock run ./prog --st)"
expect "" "$(completed padlock run --log x -- ./prog --st)"
if command -v zsh >/dev/null; then zsh -n "$prefix/share/zsh/vendor-completions/_padlock"; fi
