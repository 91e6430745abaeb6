// The same of closed memory between guarded blocks, where none is.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../overflow/far_from_nowhere.c"
