#!/usr/bin/env bash
# mutants.sh ROOT: every line that a mutant changes is still there, or that a library leaves out to be measured.
set -euo pipefail

cd "$1"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/mutants python3 - <<'PYTHON'
import pathlib
import sys

import mutation

try:
    mutation.verify(mutation.load(pathlib.Path("tests/mutants")), ".")
    omitted = pathlib.Path("bench/peers/omitted.mutants").read_text().splitlines()
    mutation.verify(mutation.parse("omitted", omitted), ".")
except mutation.MutantError as error:
    sys.exit(str(error))
PYTHON
