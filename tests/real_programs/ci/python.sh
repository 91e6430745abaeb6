#!/bin/bash
# Python's own modules: json, sqlite3, threading, subprocess.
# needs: /usr/bin/python3
# packages: python3
cat >program.py <<'PYTHON'
import collections, hashlib, json, re, sqlite3, subprocess, sys, threading, zlib

data = {f"key {i}": {"values": list(range(i % 50)), "text": "x" * (i % 300)} for i in range(5000)}
text = json.dumps(data, sort_keys=True)
assert json.loads(text) == data
print(hashlib.sha256(text.encode()).hexdigest(), len(zlib.compress(text.encode())))

base = sqlite3.connect(":memory:")
base.execute("create table item(id integer primary key, name text, size real)")
base.executemany("insert into item(name, size) values(?, ?)", ((f"n{i % 997}", i * 0.5) for i in range(30000)))
base.execute("create index by_name on item(name)")
print(base.execute("select count(*), sum(size), max(name) from item where name like 'n1%'").fetchone())

counts, lock = collections.Counter(), threading.Lock()
def work(seed):
    words = re.findall(r"key \d", text[seed * 1000:(seed + 40) * 1000])
    with lock:
        counts.update(words)
threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(counts.items()))

for i in range(5):
    child = subprocess.run([sys.executable, "-c", f"print(sum(range({i}0000)))"], capture_output=True, text=True)
    print(child.returncode, child.stdout.strip(), child.stderr)
try:
    bytearray(1 << 60)
except MemoryError:
    print("MemoryError")
PYTHON
/usr/bin/python3 program.py
