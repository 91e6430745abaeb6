#!/bin/bash
# Inserts, indexes, joins and aggregates, in a file and in memory.
# needs: sqlite3
# packages: sqlite3
sqlite3 data.db <<'SQL'
create table item(id integer primary key, name text, size integer);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000)
  insert into item select i, 'name ' || (i * 7919 % 10007), i % 1000 from n;
create index by_name on item(name, size);
update item set size = size * 2 where id % 3 = 0;
delete from item where id % 11 = 0;
vacuum;
pragma integrity_check;
SQL
sqlite3 data.db "select count(*), sum(size), min(name), max(name) from item;
  select name, count(*), group_concat(size) from item group by name order by 2 desc, 1 limit 5;
  select count(*) from item a join item b on a.name = b.name and a.id < b.id;"
sqlite3 data.db .dump | md5sum
