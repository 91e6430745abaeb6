#!/bin/bash
# A new cluster, tables, indexes, joins, concurrent pgbench clients, vacuum, dump and restore.
# needs: /usr/lib/postgresql/15/bin/postgres
# packages: postgresql-15
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
bin=/usr/lib/postgresql/15/bin
export PGHOST=$PWD PGUSER=tester PGDATABASE=postgres
as_user $bin/initdb -D data -U tester --no-sync >/dev/null || exit 1
as_user $bin/pg_ctl -D data -l server.log -w -o "-c listen_addresses= -c fsync=off -k $PWD" start >/dev/null || { cat server.log; exit 1; }
$bin/psql -qAt <<'SQL'
create table item(id serial primary key, name text, size numeric, tags text[], data jsonb);
insert into item(name, size, tags, data)
  select 'name ' || i * 7919 % 10007, i * 1.25, array['a' || i % 7, 'b' || i % 3], jsonb_build_object('n', i, 'list', array[i, i + 1])
  from generate_series(1, 20000) i;
create index on item(name);
create index on item using gin(tags);
select count(*), sum(size), min(name), max(name) from item where tags @> array['a3'];
select name, count(*), string_agg(id::text, ',' order by id) from item group by name order by 2 desc, 1 limit 3;
select sum((data->>'n')::int) from item where data @> '{"n": 77}' or id % 13 = 0;
create function fib(n int) returns bigint language plpgsql as $$ declare a bigint := 0; b bigint := 1; c bigint; begin
  for i in 1..n loop c := a + b; a := b; b := c; end loop; return a; end $$;
select sum(fib(i)) from generate_series(1, 60) i;
select regexp_replace(string_agg(md5(name), '' order by id), '[0-9]+', '-', 'g') = '' from item;
begin; delete from item where id % 2 = 0; rollback;
update item set size = size + 1 where id % 5 = 0;
vacuum analyze item;
select count(*), sum(size) from item;
SQL
$bin/pgbench -i -q -s 1 >/dev/null 2>&1 && $bin/pgbench -c 4 -j 2 -t 200 >/dev/null 2>&1
echo "pgbench $?"
$bin/pg_dump -t item | grep -v '^\\\|^--' | md5sum
$bin/psql -qAt -c 'select 1/0' 2>&1
as_user $bin/pg_ctl -D data -m fast -w stop >/dev/null
echo "stopped $?"
grep -c -e PANIC -e 'terminated by signal' server.log
exit 0
