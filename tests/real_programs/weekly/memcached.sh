#!/bin/bash
# Four threads under 40,000 commands of several clients, with items that are evicted, then exact answers.
# needs: memcached python3
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
port=$(free_port)
user=()
((EUID != 0)) || user=(-u nobody)
memcached "${user[@]}" -l 127.0.0.1 -p "$port" -m 64 -t 4 2>server.log &
server=$!
wait_until port_is_open "$port"
env -u LD_PRELOAD python3 - "$port" <<'PYTHON'
import socket, sys, threading
def client(number):
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    stream = connection.makefile("rwb")
    for i in range(5000):
        value = b"v" * (i * 37 % 3000)
        stream.write(b"set k%d.%d 0 0 %d\r\n%s\r\nget k%d.%d\r\n" % (number, i, len(value), value, number, i))
        stream.flush()
        assert stream.readline() == b"STORED\r\n"
        assert stream.readline().split()[3] == b"%d" % len(value)
        assert stream.readline() == value + b"\r\n" and stream.readline() == b"END\r\n"
threads = [threading.Thread(target=client, args=(n,)) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
stream = socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile("rwb")
for command in (b"set n 0 0 2\r\n41", b"incr n 1", b"append n 0 0 1\r\n7", b"get n", b"delete n", b"get n", b"touch n 5", b"flush_all"):
    stream.write(command + b"\r\n"); stream.flush()
    line = stream.readline()
    while line.startswith((b"VALUE", b"427")):
        print(line); line = stream.readline()
    print(line)
PYTHON
kill $server
wait $server
echo "server $?"
