// The same of a small guarded block.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../overflow/far_moved_pointer.c"
