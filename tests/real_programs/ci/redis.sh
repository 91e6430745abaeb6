#!/bin/bash
# A server under the benchmark's load on the loopback, then a few exact answers, then its shutdown.
# needs: redis-server redis-benchmark redis-cli
# packages: redis-server redis-tools
start_server() { # on a port that nobody uses
  for _ in {1..20}; do
    port=$((20000 + RANDOM % 20000))
    redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no >server.log 2>&1 &
    server=$!
    for _ in {1..100}; do
      [[ $(redis-cli -p "$port" get nobody 2>/dev/null) == "" ]] && redis-cli -p "$port" ping >/dev/null 2>&1 && kill -0 $server && return
      kill -0 $server 2>/dev/null || break
      sleep 0.1
    done
  done
  echo "no server: $(tail -n 3 server.log)"
  exit 1
}
start_server
redis-benchmark -h 127.0.0.1 -p "$port" -n 3000 -c 20 -d 200 -q -t set,get,incr,lpush,lpop,sadd,hset,zadd,lrange_100,mset >/dev/null
echo "benchmark $?"
client() { redis-cli -p "$port" "$@"; }
client flushall
client eval 'for i = 1, 5000 do redis.call("set", "k" .. i, string.rep("v", i % 500)) end return redis.call("dbsize")' 0
client append k77 more
client strlen k77
client rpush list a b c
client lrange list 0 -1
client zadd scores 3 c 1 a 2 b
client zrange scores 0 -1 withscores
client shutdown nosave
wait $server
echo "server $?"
