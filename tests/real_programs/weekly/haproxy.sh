#!/bin/bash
# A balancer with rules in front of two small web servers.
# needs: haproxy curl python3
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
mkdir a b && for i in {1..20}; do seq "$i" $((i * 200)) | tee "a/file$i.txt" >"b/file$i.txt"; done
one=$(free_port)
env -u LD_PRELOAD python3 -m http.server -b 127.0.0.1 -d a "$one" >/dev/null 2>&1 &
web=$!
wait_until port_is_open "$one"
two=$(free_port)
env -u LD_PRELOAD python3 -m http.server -b 127.0.0.1 -d b "$two" >/dev/null 2>&1 &
web="$web $!"
wait_until port_is_open "$two"
port=$(free_port)
cat >haproxy.cfg <<CFG
global
  nbthread 2
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend f
  bind 127.0.0.1:$port
  http-request deny if { path_sub secret }
  http-request set-header X-Test %[path,lower]
  default_backend b
backend b
  balance roundrobin
  compression algo gzip
  compression type text/plain
  server one 127.0.0.1:$one
  server two 127.0.0.1:$two
CFG
haproxy -db -f haproxy.cfg 2>haproxy.log &
server=$!
wait_until port_is_open "$port"
fetch() { curl -sS --noproxy '*' "$@"; }
fetch "http://127.0.0.1:$port/file[1-20].txt" | md5sum
fetch --compressed "http://127.0.0.1:$port/file[1-20].txt" | md5sum
fetch -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$port/secret"
kill -USR1 $server
wait $server
echo "server $?"
# shellcheck disable=SC2086
kill $web
