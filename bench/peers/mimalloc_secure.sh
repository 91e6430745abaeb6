#!/usr/bin/env bash
# mimalloc_secure.sh LIBRARY: builds Debian's mimalloc with its mitigations on (MI_SECURE=4) as LIBRARY, from
# the source package: the packaged library is built without them. It comes from where the machine's apt has its packages
# from, of its own release.
set -euo pipefail
library=$(realpath -m "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
mkdir -p lists/partial
# The machine's own lines of binary packages, asked for sources.
shopt -s nullglob
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
  [[ -f $file ]] || continue
  case $file in
    *.list) sed -n 's/^deb /deb-src /p' "$file" >>sources.list ;;
    *.sources) sed 's/^Types:.*/Types: deb-src/' "$file" >"parts-$(basename "$file")" ;;
  esac
done
mkdir parts && for file in parts-*; do mv "$file" "parts/${file#parts-}"; done
touch sources.list
apt=(apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts="$work/parts"
  -o Dir::State::lists="$work/lists" -o APT::Sandbox::User=root)
"${apt[@]}" update
"${apt[@]}" --download-only source mimalloc
tar xf mimalloc_*.orig.tar.*
cd mimalloc-*/
gcc -O3 -DNDEBUG -DMI_SECURE=4 -DMI_MALLOC_OVERRIDE -DMI_SHARED_LIB -DMI_SHARED_LIB_EXPORT -fPIC -shared \
  -fvisibility=hidden -ftls-model=initial-exec -Iinclude src/static.c -pthread -o "$work/built.so"
mkdir -p "$(dirname "$library")"
mv "$work/built.so" "$library"
