#!/bin/bash
# A server that limits its own address space: a login, a listing, downloads and uploads.
# needs: vsftpd curl
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
((EUID == 0)) || { echo "only root may start it"; exit 77; }
port=$(free_port)
mkdir -p root/in empty && for i in {1..10}; do seq "$i" $((i * 500)) >"root/file$i.txt"; done
chmod 755 . root && chown daemon root/in
cat >vsftpd.conf <<CONF
listen=YES
listen_address=127.0.0.1
listen_port=$port
background=NO
anonymous_enable=YES
anon_root=$PWD/root
anon_upload_enable=YES
write_enable=YES
ftp_username=daemon
secure_chroot_dir=$PWD/empty
seccomp_sandbox=NO
isolate_network=NO
isolate=NO
no_anon_password=YES
CONF
chmod 600 vsftpd.conf
vsftpd "$PWD/vsftpd.conf" &
server=$!
wait_until port_is_open "$port"
curl -sS "ftp://127.0.0.1:$port/file[1-10].txt" | md5sum
curl -sSl "ftp://127.0.0.1:$port/" | sort
curl -sS -T root/file9.txt "ftp://127.0.0.1:$port/in/up.txt" && md5sum <root/in/up.txt
curl -sS "ftp://127.0.0.1:$port/missing" 2>&1
kill $server
wait $server
echo "server $?"
