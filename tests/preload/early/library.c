/* A library whose resolver of an indirect function uses memory and strings, as resolvers that read what the
 * processor is called do: the loader calls it before most libraries are relocated. */
#include <stddef.h>

void* memcpy(void*, const void*, size_t);
void* memset(void*, int, size_t);
int memcmp(const void*, const void*, size_t);
size_t strlen(const char*);
char* strcpy(char*, const char*);
int strcmp(const char*, const char*);
char* strchr(const char*, int);

static int good(void) { return 42; }
static int bad(void) { return 1; }

static int (*resolve(void))(void) {
  char text[64];
  char copy[64];
  memset(text, 'x', sizeof text);
  strcpy(text, "flags: one two");
  memcpy(copy, text, sizeof copy);
  const int same = memcmp(copy, text, sizeof copy) == 0 && strcmp(copy, "flags: one two") == 0;
  return same && strlen(copy) == 14 && strchr(copy, ':') == copy + 5 && copy[63] == 'x' ? good : bad;
}

int answer(void) __attribute__((ifunc("resolve")));
