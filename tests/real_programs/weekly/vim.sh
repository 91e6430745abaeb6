#!/bin/bash
# Batch editing: substitutions, macros, sorting, undo, a script with lists and dictionaries.
# needs: vim
# packages: vim-nox
seq 20000 | sed 's/$/ some text to edit/' >text
cat >script.vim <<'VIM'
%s/\(\d\+\) some/\=submatch(1) * 2 . " few"/
g/7 few/m0
%sort n
let counts = {}
for line in getline(1, '$')
  let key = line[0:1]
  let counts[key] = get(counts, key, 0) + 1
endfor
call append(0, map(sort(keys(counts)), 'v:val . " " . counts[v:val]'))
normal! gg5ddG3u
1,50normal! A!
g/edit$/s//changed/
w! result
qa!
VIM
vim -es -u NONE -N -S script.vim text
echo "vim $?"
md5sum <result
