#!/bin/bash
# Many transfers at once, over TLS and without, compressed, redirected, resumed.
# needs: curl python3 openssl
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
mkdir root && for i in {1..40}; do seq "$i" $((i * 300)) >"root/file$i.txt"; done
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
one=$(free_port)
env -u LD_PRELOAD python3 -m http.server -b 127.0.0.1 -d root "$one" >/dev/null 2>&1 &
web=$!
wait_until port_is_open "$one"
two=$(free_port)
(cd root && exec env -u LD_PRELOAD openssl s_server -quiet -accept "$two" -cert ../certificate.pem -key ../key.pem -WWW >/dev/null 2>&1) &
tls=$!
wait_until port_is_open "$two"
fetch() { curl -sS --noproxy '*' "$@"; }
fetch "http://127.0.0.1:$one/file[1-40].txt" | md5sum
fetch --no-progress-meter --parallel --parallel-max 8 "http://127.0.0.1:$one/file[1-40].txt" -o 'got#1' && cat got{1..40} | md5sum
fetch --cacert certificate.pem "https://localhost:$two/file[1-20].txt" | md5sum
fetch "https://localhost:$two/file1.txt" 2>&1 | head -n 1
fetch -I "http://127.0.0.1:$one/file7.txt" | grep -i length
kill $web $tls
