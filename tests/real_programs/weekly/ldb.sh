#!/bin/bash
# Samba's database tools, whose library is opened with RTLD_DEEPBIND: add, search, modify, delete.
# needs: ldbadd ldbsearch ldbmodify ldbdel
# packages: ldb-tools
for i in {1..400}; do printf 'dn: cn=user%d,dc=example\nobjectClass: person\ncn: user%d\ndescription: number %d\n\n' "$i" "$i" $((i * 7919 % 1009)); done >users.ldif
ldbadd -H users.ldb users.ldif
ldbsearch -H users.ldb '(description=number 1*)' cn | sort | md5sum
printf 'dn: cn=user7,dc=example\nchangetype: modify\nreplace: description\ndescription: changed\n' | ldbmodify -H users.ldb
ldbsearch -H users.ldb '(cn=user7)' description
ldbdel -H users.ldb cn=user8,dc=example
ldbsearch -H users.ldb '(|(cn=user8)(cn=user9))' dn
