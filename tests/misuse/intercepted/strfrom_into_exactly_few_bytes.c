// The same where the page behind each block is closed.
// expect: nothing
// options: guard_all=1:guard_exact=1
#include "strfrom_into_few_bytes.c"
