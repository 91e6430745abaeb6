#!/bin/bash
# The prefork server with mod_php: pages that compute, static files, a graceful restart, an orderly end.
# needs: /usr/sbin/apache2 curl /usr/lib/apache2/modules/libphp8.2.so
# packages: apache2 libapache2-mod-php8.2 curl
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
port=$(free_port)
mkdir root && seq 5000 >root/static.txt
# shellcheck disable=SC2016,SC2028
echo '<?php $list = []; for ($i = 0; $i < 3000; ++$i) $list["k$i"] = str_repeat("v", $i % (int)$_GET["n"] + 1); echo md5(json_encode($list)), " ", count($list), "\n";' >root/page.php
chmod -R a+rX root
user=$([[ $EUID == 0 ]] && printf 'User nobody\nGroup nogroup')
m=/usr/lib/apache2/modules
cat >apache.conf <<CONF
ServerName localhost
ServerRoot $PWD
Listen 127.0.0.1:$port
PidFile $PWD/pid
ErrorLog $PWD/error.log
DocumentRoot $PWD/root
Mutex file:$PWD
$user
LoadModule mpm_prefork_module $m/mod_mpm_prefork.so
LoadModule authz_core_module $m/mod_authz_core.so
LoadModule mime_module $m/mod_mime.so
LoadModule dir_module $m/mod_dir.so
LoadModule php_module $m/libphp8.2.so
StartServers 3
TypesConfig /etc/mime.types
<FilesMatch "\.php$">
SetHandler application/x-httpd-php
</FilesMatch>
<Directory $PWD/root>
Require all granted
</Directory>
CONF
/usr/sbin/apache2 -f "$PWD/apache.conf" -k start || { cat error.log; exit 1; }
wait_until port_is_open "$port"
fetch() { curl -sS --noproxy '*' "$@"; }
fetch "http://127.0.0.1:$port/page.php?n=[1-100]"
fetch "http://127.0.0.1:$port/static.txt" | md5sum
fetch -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$port/missing"
/usr/sbin/apache2 -f "$PWD/apache.conf" -k graceful && sleep 1
fetch "http://127.0.0.1:$port/page.php?n=[1-50]" | md5sum
kill "$(<pid)"
wait_until port_is_closed "$port"
wait_until test ! -e pid
grep -c 'exit signal' error.log
exit 0
