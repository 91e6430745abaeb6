// The same where the page behind each block is closed.
// expect: nothing
// options: guard_all=1:guard_exact=1
#include "wide_words_that_fit.c"
