#!/bin/bash
# Generating, grouping and reformatting JSON.
# needs: jq
jq -n '[range(20000) | {id: ., name: "n\(. % 101)", tags: [range(. % 4)] | map(tostring)}]' >data.json
jq -c 'group_by(.name) | map({name: .[0].name, count: length, sum: (map(.id) | add)}) | sort_by(-.sum) | .[:5]' data.json
jq -S . data.json | md5sum
jq -r '.[] | select(.id % 1999 == 0) | [.id, .name, (.tags | join("+"))] | @csv' data.json
jq '[.[] | .name | test("^n1[0-9]$")] | map(select(.)) | length' data.json
echo '{"broken": [1, 2' | jq . 2>&1
echo "broken: $?"
