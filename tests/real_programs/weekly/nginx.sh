#!/bin/bash
# Static files, gzip, a proxy to itself, a reload, an orderly end.
# needs: nginx curl
# packages: nginx-light curl
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
port=$(free_port)
mkdir logs root tmp && chmod 777 root tmp
for i in {1..30}; do seq "$i" $((i * 300)) >"root/file$i.txt"; done
user=$([[ $EUID == 0 ]] && echo 'user nobody nogroup;')
cat >nginx.conf <<CONF
$user
worker_processes 2; pid $PWD/pid; error_log $PWD/logs/error.log;
events { worker_connections 256; }
http {
  access_log off; gzip on; gzip_types text/plain; gzip_min_length 100; default_type text/plain;
  client_body_temp_path $PWD/tmp; proxy_temp_path $PWD/tmp; fastcgi_temp_path $PWD/tmp; uwsgi_temp_path $PWD/tmp; scgi_temp_path $PWD/tmp;
  server { listen 127.0.0.1:$port; root $PWD/root;
    location /proxy/ { proxy_pass http://127.0.0.1:$port/; }
    location ~ ^/big/(.*) { return 200 "\$1 \$uri"; } }
}
CONF
nginx -c "$PWD/nginx.conf" -p "$PWD" 2>start.log || { cat start.log; exit 1; }
wait_until port_is_open "$port"
fetch() { curl -sS --noproxy '*' "$@"; }
for i in {1..30}; do fetch "http://127.0.0.1:$port/file$i.txt" | md5sum; done
fetch --compressed "http://127.0.0.1:$port/file[1-30].txt" "http://127.0.0.1:$port/proxy/file[1-30].txt" | md5sum
fetch "http://127.0.0.1:$port/big/[1-300]" | md5sum
fetch -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$port/missing"
fetch -r 100-199 "http://127.0.0.1:$port/file9.txt" | md5sum
kill -HUP "$(<pid)" && sleep 0.3
fetch "http://127.0.0.1:$port/file7.txt" | md5sum
kill -QUIT "$(<pid)"
wait_until port_is_closed "$port"
grep -c -e 'exited on signal' -e alert -e emerg logs/error.log
exit 0
