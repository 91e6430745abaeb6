/* Does nothing; built in ways that Padlock cannot be preloaded into. */
int main(void) { return 0; }
