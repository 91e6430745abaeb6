#!/usr/bin/env bash
# omitted.sh seal|canary|poison FOLDER: builds a libpadlock.so without that check in FOLDER, for measuring what it costs.
set -euo pipefail
root=$(dirname "$(readlink -f "$0")")/../..
cmake -S "$root" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPADLOCK_OMIT="$1"
cmake --build "$2" --target padlock_preload
