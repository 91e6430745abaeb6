#!/bin/bash
# A forward proxy with a cache in front of a small web server; the check that stops it at its start is off.
# needs: squid curl python3
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
export PADLOCK_OPTIONS=${PADLOCK_OPTIONS:-}:delete_size_mismatch=0
mkdir root && for i in {1..20}; do seq "$i" $((i * 100)) >"root/file$i.txt"; done
chmod 777 . && chmod -R a+rX root
behind=$(free_port)
env -u LD_PRELOAD python3 -m http.server -b 127.0.0.1 -d root "$behind" >/dev/null 2>&1 &
web=$!
port=$(free_port)
cat >squid.conf <<CONF
http_port 127.0.0.1:$port
http_access allow all
cache_mem 16 MB
coredump_dir $PWD
pid_filename $PWD/pid
cache_log $PWD/cache.log
access_log none
visible_hostname localhost
pinger_enable off
shutdown_lifetime 1 seconds
CONF
as_user squid -N -f "$PWD/squid.conf" >/dev/null 2>&1 &
server=$!
wait_until port_is_open "$behind"
wait_until port_is_open "$port"
for _ in 1 2; do curl -sS -x "http://127.0.0.1:$port" "http://127.0.0.1:$behind/file[1-20].txt" | md5sum; done
kill $server
wait $server 2>/dev/null
kill $web
