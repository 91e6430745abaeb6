#!/usr/bin/env bash
# mimalloc_secure.sh LIBRARY: builds Debian's mimalloc with its mitigations on (MI_SECURE=4) as LIBRARY, from
# Debian's source package: the packaged library is built without them.
set -euo pipefail
library=$(realpath -m "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
mkdir -p lists/partial
echo 'deb-src http://deb.debian.org/debian bookworm main' >sources.list
apt=(apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o Dir::State::lists="$work/lists" -o APT::Sandbox::User=root)
"${apt[@]}" update
"${apt[@]}" --download-only source mimalloc
tar xf mimalloc_*.orig.tar.*
cd mimalloc-*/
gcc -O3 -DNDEBUG -DMI_SECURE=4 -DMI_MALLOC_OVERRIDE -DMI_SHARED_LIB -DMI_SHARED_LIB_EXPORT -fPIC -shared \
  -fvisibility=hidden -ftls-model=initial-exec -Iinclude src/static.c -pthread -o "$work/built.so"
mkdir -p "$(dirname "$library")"
mv "$work/built.so" "$library"
