#!/bin/bash
# 5,000 commits are imported, logged, blamed, repacked, cloned, bisected and checked.
# needs: git python3
export GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
env -u LD_PRELOAD python3 - >stream <<'PYTHON'
for i in range(1, 5001):
    text = "".join(f"line {j} of {i % 50} at {i if j % 97 == i % 97 else 0}\n" for j in range(60))
    print(f"commit refs/heads/main\nmark :{i}\ncommitter A <a@example.org> {1700000000 + i} +0000\ndata {len(str(i)) + 7}\nchange {i}")
    print(f"M 100644 inline folder{i % 20}/file{i % 50}\ndata {len(text)}\n{text}")
PYTHON
git init -q -b main repository && cd repository || exit 1
git fast-import --quiet <../stream && git reset -q --hard && git rev-parse HEAD
git log --oneline --stat | md5sum
git log --format=%H -S'line 5 of 7' -- folder7 | wc -l
git blame folder7/file7 | md5sum
git repack -adq --threads=2 && git fsck 2>&1 && git gc -q
git clone -q --no-local . ../copy && git -C ../copy rev-list --count HEAD
git bisect start HEAD HEAD~1000 >/dev/null 2>&1
# shellcheck disable=SC2016
git bisect run sh -c 'test "$(git rev-list --count HEAD)" -lt 4321' 2>/dev/null | tail -n 20 | grep 'is the first bad commit'
git bisect reset -q 2>/dev/null
git archive HEAD | md5sum
git diff --stat HEAD~2000 | tail -n 1
git rebase -q --onto HEAD~60 HEAD~50 HEAD 2>/dev/null; git log -1 --format=%s
exit 0
