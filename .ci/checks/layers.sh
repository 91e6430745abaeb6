#!/usr/bin/env bash
# layers.sh ROOT: a folder of ROOT/src includes only itself and the folders before it in `layers`; a folder with
# rooms, only itself and the rooms before it in its list; and no two units (a header and its source) include each
# other, by however many steps.
# shellcheck disable=SC2016  # the dollars are those of awk
set -euo pipefail
layers="include base arch core os trace options report runtime preload cli"

cd "$1"
runtime_rooms=$(sed -n 's/^set(PADLOCK_RUNTIME_ROOMS \(.*\))$/\1/p' CMakeLists.txt)
rooms="core/ core/block core/index core/cache core/examine core/heap report/ report/diagnose report/text report/json report/asan report/forms"
for room in $runtime_rooms; do rooms+=" runtime/$room"; done

find src -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.c' -o -name '*.def' \) -print0 | sort -z |
  xargs -0 awk -v layers="$layers" -v rooms="$rooms" '
    # The room "core/" holds what lies in the layer itself.
    function room_of(path,  part, n) { n = split(path, part, "/"); return part[1] "/" (n > 2 ? part[2] : "") }
    function unit_of(path) { sub(/\.[a-z]+$/, "", path); return path }
    function complain(words) { print FILENAME ":" FNR ": " words; bad = 1 }
    # The way from a unit back to itself, if there is one.
    function follow(unit,  i, n, next_unit) {
      state[unit] = "open"
      trail[++depth] = unit
      n = split(includes[unit], next_unit, " ")
      for (i = 1; i <= n; i++) {
        if (!(next_unit[i] in state)) follow(next_unit[i])
        else if (state[next_unit[i]] == "open") show_cycle(next_unit[i])
      }
      depth--
      state[unit] = "done"
    }
    function show_cycle(unit,  i, line) {
      for (i = depth; trail[i] != unit; i--) line = " -> " trail[i] line
      print "include cycle: " unit line " -> " unit
      bad = 1
    }
    BEGIN {
      n = split(layers, name, " "); for (i = 1; i <= n; i++) rank[name[i]] = i
      n = split(rooms, name, " ")
      for (i = 1; i <= n; i++) { room_rank[name[i]] = i; has_rooms[substr(name[i], 1, index(name[i], "/") - 1)] = 1 }
    }
    FNR == 1 {
      here = substr(FILENAME, 5); split(here, part, "/"); own = part[1]
      own_room = own in has_rooms ? room_of(here) : ""
      if (!(own in rank)) { print FILENAME ": src/" own " is not a layer"; bad = 1 }
      else if (own in has_rooms && !(own_room in room_rank)) {
        print FILENAME ": not in a room of src/" own; bad = 1
      }
    }
    /^[ \t]*#[ \t]*include[ \t]*["<]/ {
      path = $0
      sub(/^[^"<]*["<]/, "", path); sub(/[">].*/, "", path)
      quoted = $0 ~ /include[ \t]*"/
      split(path, part, "/"); to = part[1]
      if (to == "padlock") to = "include"
      else if (!quoted) next
      if (path !~ /\// || !(to in rank)) {
        complain("\"" path "\" does not begin with a layer")
      } else if (rank[to] > rank[own]) {
        complain(own " must not include " to " (\"" path "\")")
      } else if (to == own && own in has_rooms && room_rank[room_of(path)] > room_rank[own_room]) {
        complain(own_room " must not include " room_of(path) " (\"" path "\")")
      }
      if (quoted && unit_of(path) != unit_of(here)) includes[unit_of(here)] = includes[unit_of(here)] " " unit_of(path)
    }
    END {
      for (unit in includes) units[++count] = unit
      # (Elsewhere than in the runtime there are some left.)
      for (i = 1; i <= count; i++) if (units[i] !~ /^os\// && !(units[i] in state)) follow(units[i])
      exit bad
    }'
