#!/bin/bash
# prints.sh TEXT PROGRAM: the program writes TEXT to its standard output, and nothing else.
set -u
printed=$("$2" 2>/dev/null)
[[ $printed == "$1" ]] || { printf 'printed: %s\n' "$printed"; exit 1; }
