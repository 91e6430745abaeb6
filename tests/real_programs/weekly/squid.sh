#!/bin/bash
# The proxy is started and deletes an addrinfo as something smaller.
# needs: squid
# finds: delete-size-mismatch
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
port=$(free_port)
chmod 777 .
cat >squid.conf <<CONF
http_port 127.0.0.1:$port
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
wait_until eval "port_is_open $port || ! kill -0 $server"
kill $server 2>/dev/null
wait $server 2>/dev/null
exit 0
