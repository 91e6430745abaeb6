#!/bin/bash
# init, commits, a merge, clone, log, gc, fsck.
# needs: git
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
export GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
git init -q -b main origin && cd origin || exit 1
for i in {1..30}; do
  seq "$i" $((i * 40)) >"file$((i % 7))"
  git add . && GIT_AUTHOR_DATE="$((1700000000 + i)) +0000" GIT_COMMITTER_DATE="$((1700000000 + i)) +0000" git commit -qm "change $i"
done
git checkout -qb side HEAD~5 && echo side >side
git add . && GIT_AUTHOR_DATE='1700001000 +0000' GIT_COMMITTER_DATE='1700001000 +0000' git commit -qm side
GIT_AUTHOR_DATE='1700001001 +0000' GIT_COMMITTER_DATE='1700001001 +0000' git merge -qm merged main
cd .. && git clone -q --no-local origin copy && cd copy || exit 1
git log --stat --format='%H %s' | tail -n 60
git diff HEAD~10 | md5sum
git blame file3 | md5sum
git grep -c 10 HEAD~3
git gc -q --aggressive && git fsck --full 2>&1
git rev-list --objects --all | sort | md5sum
