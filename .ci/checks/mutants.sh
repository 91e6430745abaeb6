#!/usr/bin/env bash
# mutants.sh ROOT: every line that a mutant changes is still there.
set -euo pipefail

cd "$1"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/mutants python3 - <<'PYTHON'
import pathlib
import sys

import mutation

try:
    mutation.verify(mutation.load(pathlib.Path("tests/mutants")), ".")
except mutation.MutantError as error:
    sys.exit(str(error))
PYTHON
