#!/bin/bash
# A new data directory, InnoDB tables, joins, stored procedures, dump, an orderly shutdown.
# needs: /usr/sbin/mariadbd mariadb-install-db mariadb
# packages: mariadb-server mariadb-client
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
user=$(id -un)
((EUID != 0)) || user=nobody
mariadb-install-db --no-defaults --datadir="$PWD/data" --user="$user" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1 || { cat install.log; exit 1; }
/usr/sbin/mariadbd --no-defaults --datadir="$PWD/data" --socket="$PWD/sock" --pid-file="$PWD/pid" --user="$user" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
wait_until mariadb --no-defaults -S sock -u root -e 'select 1'
mariadb --no-defaults -S sock -u root <<'SQL'
create database work; use work;
create table item(id int primary key auto_increment, name varchar(40), size int, note text, key(name)) engine=innodb;
insert into item(name, size, note) select concat('name ', seq * 7919 % 10007), seq % 1000, repeat('x', seq % 200) from seq_1_to_20000;
select count(*), sum(size), min(name), max(name), sum(length(note)) from item;
select name, count(*), group_concat(id order by id) from item group by name order by 2 desc, 1 limit 3;
select count(*) from item a join item b on a.name = b.name and a.id < b.id;
delimiter //
create procedure fill(n int) begin declare i int default 0; while i < n do insert into item(name) values (md5(i)); set i = i + 1; end while; end//
delimiter ;
start transaction; call fill(500); commit;
alter table item add column extra json, add index (size);
update item set extra = json_object('id', id) where id % 3 = 0;
select sum(json_value(extra, '$.id')) from item;
optimize table item;
SQL
mariadb-dump --no-defaults -S sock -u root --skip-dump-date --compact work | md5sum
mariadb-admin --no-defaults -S sock -u root shutdown
wait $server
echo "server $?"
