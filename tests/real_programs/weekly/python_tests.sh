#!/bin/bash
# Python's own tests of two dozen modules.
# needs: /usr/bin/python3.11 /usr/lib/python3.11/test/test_dict.py
# packages: python3 libpython3.11-testsuite
# The test left out lists all open descriptors, and sees the duplicate of standard error that Padlock keeps.
/usr/bin/python3.11 -m test -q -i '*.test_pass_fds_redirected' test_dict test_list test_set test_unicode test_bytes test_json test_re test_sort test_struct \
  test_zlib test_csv test_ctypes test_array test_collections test_deque test_heapq test_itertools test_functools \
  test_fileio test_pickletools test_thread test_subprocess test_weakref test_gc >tests.log 2>&1
status=$?
grep -e '^Result' -e 'tests OK' -e failed tests.log
exit $status
