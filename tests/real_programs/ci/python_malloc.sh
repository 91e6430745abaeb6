#!/bin/bash
# The same with every Python object in a block of its own from malloc.
# needs: /usr/bin/python3
# packages: python3
export PYTHONMALLOC=malloc
# shellcheck source=tests/real_programs/ci/python.sh
. "$PADLOCK_SOURCE_DIR/tests/real_programs/ci/python.sh"
