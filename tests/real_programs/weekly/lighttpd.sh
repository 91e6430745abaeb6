#!/bin/bash
# Static files, a directory's listing, compression, CGI.
# needs: lighttpd curl
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
port=$(free_port)
mkdir root && for i in {1..20}; do seq "$i" $((i * 300)) >"root/file$i.txt"; done
cat >root/echo.cgi <<'CGI'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n%s\n' "$QUERY_STRING"
CGI
chmod +x root/echo.cgi
cat >lighttpd.conf <<CONF
server.modules = ( "mod_dirlisting", "mod_cgi" )
server.document-root = "$PWD/root"
server.bind = "127.0.0.1"
server.port = $port
server.errorlog = "$PWD/error.log"
dir-listing.activate = "enable"
cgi.assign = ( ".cgi" => "" )
mimetype.assign = ( ".txt" => "text/plain" )
CONF
lighttpd -D -f lighttpd.conf &
server=$!
wait_until port_is_open "$port"
fetch() { curl -sS --noproxy '*' "$@"; }
fetch "http://127.0.0.1:$port/file[1-20].txt" | md5sum
fetch "http://127.0.0.1:$port/echo.cgi?n=[1-60]" | md5sum
fetch "http://127.0.0.1:$port/" | grep -c file
fetch -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$port/missing"
kill -INT $server
wait $server
echo "server $?"
