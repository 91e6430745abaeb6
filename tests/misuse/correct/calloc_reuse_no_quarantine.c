// The same where a freed block is handed out again at once.
// expect: nothing
// options: thread_quarantine_kb=0:large_quarantine_kb=0
#include "calloc_reuse.c"
