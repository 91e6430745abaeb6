/* Bound at once, so that the library's resolver is called while this library is relocated, which is before
 * those that are preloaded. */
int answer(void);
int ask(void);

int ask(void) { return answer(); }
