#!/bin/bash
# Programs that may map no more than 4 GB.
# needs: /usr/bin/python3 sqlite3 perl
# packages: python3 sqlite3 perl
ulimit -v 4000000
/usr/bin/python3 - <<'PYTHON'
import threading
blocks = []
def fill():
    for size in range(1, 3000): blocks.append(bytes(size))
threads = [threading.Thread(target=fill) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(blocks), sum(map(len, blocks)))
try:
    bytearray(5 << 30)
except MemoryError:
    print("MemoryError")
PYTHON
sqlite3 :memory: "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) select sum(i), count(distinct i % 977) from n;"
perl -e 'my @list = map { "x" x ($_ % 100) } 1 .. 200000; print scalar(@list), " ", length(join("", @list)), "\n";'
