/* Returns 0 where the library's resolver, and the program's own, found that all their calls did what they
 * should. */
#include <stddef.h>

int ask(void);

void* kept_block(int number);

void* malloc(size_t);
void* realloc(void*, size_t);
void free(void*);
void* memcpy(void*, const void*, size_t);
size_t strlen(const char*);

static int good(void) { return 42; }
static int bad(void) { return 1; }

static int (*resolve(void))(void) {
  static const char text[] = "flags: one two";
  char* const copy = malloc(sizeof text);
  if (copy == NULL) return bad;
  memcpy(copy, text, sizeof text);
  const int same = strlen(copy) == sizeof text - 1 && copy[7] == 'o';
  free(copy);
  return same ? good : bad;
}

int own_answer(void) __attribute__((ifunc("resolve")));

/* What the library's resolver allocated is freed and grown as if it were of this heap. */
static int are_kept(void) {
  char* const grown = realloc(kept_block(0), 1000);
  const int same = grown != NULL && grown[0] == 'k' && grown[99] == 'k';
  free(grown);
  free(kept_block(1));
  return same;
}

int main(void) { return ask() == 42 && own_answer() == 42 && are_kept() ? 0 : 1; }
