// The same where calls are not looked at.
// expect: nothing
// options: guard_all=1:guard_exact=1:intercept=0
#include "wide_words_that_fit.c"
