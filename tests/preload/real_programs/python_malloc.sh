#!/bin/bash
# The same with every Python object in a block of its own from malloc.
# needs: /usr/bin/python3
export PYTHONMALLOC=malloc
# shellcheck source=tests/preload/real_programs/python.sh
. "$PADLOCK_SOURCE_DIR/tests/preload/real_programs/python.sh"
