#!/usr/bin/env bash
# omitted.sh seal|canary|poison FOLDER: builds a libpadlock.so without that check in FOLDER, for measuring what it
# costs, from a copy of the sources that omitted.mutants has changed. It finds less than Padlock promises.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$here/../..")
mkdir -p "$2/source"
cp -ru "$root"/{CMakeLists.txt,cmake,src,bench,fuzz} "$2/source/"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/tests/mutants python3 - "$1" "$here/omitted.mutants" "$root" "$2/source" <<'PYTHON'
import pathlib
import sys

import mutation

check, stanzas, root, copy = sys.argv[1:]
mutants = [mutant for mutant in mutation.parse("omitted", pathlib.Path(stanzas).read_text().splitlines())
           if mutant.name.split("-")[0] == check]
if not mutants:
    sys.exit(f"omitted.sh: no check is called {check}")
for file in {mutant.file for mutant in mutants}:
    (pathlib.Path(copy) / file).write_text((pathlib.Path(root) / file).read_text())
for mutant in mutants:
    (pathlib.Path(copy) / mutant.file).write_text(mutation.mutated(mutant, copy))
PYTHON
cmake -S "$2/source" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPADLOCK_BUILD_TESTS=OFF
cmake --build "$2" --target padlock_preload
