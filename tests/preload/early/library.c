/* A library whose resolver of an indirect function uses memory, strings and the heap, as resolvers that read
 * what the processor is called do: the loader calls it before most libraries are relocated. */
#include <stddef.h>
#include <stdint.h>

void* malloc(size_t);
void* calloc(size_t, size_t);
void* realloc(void*, size_t);
void free(void*);
int posix_memalign(void**, size_t, size_t);
void* aligned_alloc(size_t, size_t);
size_t malloc_usable_size(void*);

void* memcpy(void*, const void*, size_t);
void* memset(void*, int, size_t);
int memcmp(const void*, const void*, size_t);
size_t strlen(const char*);
char* strcpy(char*, const char*);
int strcmp(const char*, const char*);
char* strchr(const char*, int);

static int good(void) { return 42; }
static int bad(void) { return 1; }

/* For the program: through a function, as what a variable holds before the program is relocated is lost. */
static void* kept[2];

void* kept_block(int number);

void* kept_block(int number) { return kept[number]; }

/* What no heap has, and what is no block, changes nothing. */
static int fails_well(void) {
  const size_t most = SIZE_MAX;
  void* aligned = NULL;
  free(NULL);
  if (malloc(most / 2) != NULL || malloc(most) != NULL || calloc(most, 2) != NULL) return 0;
  if (posix_memalign(&aligned, 3, 8) == 0 || posix_memalign(&aligned, 64, most / 2) == 0) return 0;
  if (posix_memalign(&aligned, 256, 10) != 0 || (uintptr_t)aligned % 256 != 0) return 0;
  free(aligned);
  aligned = aligned_alloc(64, 128);
  const int good = aligned != NULL && (uintptr_t)aligned % 64 == 0 && malloc_usable_size(aligned) == 128;
  return good && realloc(aligned, most / 2) == NULL && realloc(aligned, 0) == NULL;
}

/* Blocks of some sizes, at once and one after the other. */
static int uses_heap(void) {
  char* blocks[8];
  for (size_t i = 0; i < 8; ++i) {
    blocks[i] = malloc(i * 40 + 1);
    if (blocks[i] == NULL || (uintptr_t)blocks[i] % 16 != 0) return 0;
    memset(blocks[i], (int)i, i * 40 + 1);
  }
  char* const zeros = calloc(4, 25);
  if (zeros == NULL || zeros[0] != 0 || zeros[99] != 0) return 0;
  blocks[3] = realloc(blocks[3], 500);
  if (blocks[3] == NULL || blocks[3][0] != 3 || blocks[3][120] != 3) return 0;
  int same = 1;
  for (size_t i = 0; i < 8; ++i) {
    same = same && blocks[i][0] == (char)i && blocks[i][i * 40] == (char)i;
    free(blocks[i]);
  }
  free(zeros);
  /* More than what is mapped for the start, too. */
  char* const large = malloc((size_t)20 << 20);
  if (large == NULL) return 0;
  large[0] = large[((size_t)20 << 20) - 1] = 'x';
  free(large);
  for (size_t i = 0; i < 2; ++i) {
    kept[i] = malloc(100);
    if (kept[i] == NULL) return 0;
    memset(kept[i], 'k', 100);
  }
  return same && fails_well();
}

static int (*resolve(void))(void) {
  char text[64];
  char copy[64];
  memset(text, 'x', sizeof text);
  strcpy(text, "flags: one two");
  memcpy(copy, text, sizeof copy);
  const int same = memcmp(copy, text, sizeof copy) == 0 && strcmp(copy, "flags: one two") == 0;
  return same && uses_heap() && strlen(copy) == 14 && strchr(copy, ':') == copy + 5 && copy[63] == 'x' ? good
                                                                                                       : bad;
}

int answer(void) __attribute__((ifunc("resolve")));
