/* Returns 0 where the library's resolver found that all its calls did what they should. */
int ask(void);

int main(void) { return ask() == 42 ? 0 : 1; }
