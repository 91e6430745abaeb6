#!/bin/bash
# tar with gzip, bzip2, xz and zstd in several threads, rsync, and back again.
# needs: tar gzip bzip2 xz zstd rsync
# packages: tar gzip bzip2 xz-utils zstd rsync
mkdir -p tree/{a,b,c}/{1,2,3} && for i in {1..200}; do seq "$i" $((i * 40)) >"tree/$(echo abc | cut -c$((i % 3 + 1)))/$((i % 3 + 1))/file$i"; done
tar --sort=name --mtime=@0 --owner=0 --group=0 -cf all.tar tree && md5sum <all.tar
gzip -k all.tar && bzip2 -k all.tar && xz -k -T2 all.tar && zstd -q -T2 -15 all.tar
for packed in gz bz2 xz zst; do tar -xOf "all.tar.$packed" | md5sum; done
rsync -a tree/ copy/ && echo change >>tree/a/1/file3 && rsync -ai --checksum tree/ copy/ | wc -l
mkdir there && tar -C there -xf all.tar.xz && diff -rq tree there/tree | wc -l
xz -l all.tar.xz | tail -n 1 | awk '{ print $1, $2 }'
head -c 1000 all.tar.xz | { xz -d >/dev/null; } 2>&1
exit 0
