// Pools poison what they have taken back, and hand it out again; blocks are freed and resized with all that.
// expect: nothing
#include <stdio.h>

#include "../pool.h"

enum { kPiece = 48, kPieces = 100, kChunk = kPiece * kPieces };

static void use(char* piece, size_t size) {
  memset(piece, 'x', size);
  piece[size - 1] = '\0';
  if (strlen(piece) != size - 1) abort();
}

static void* sized(size_t size) { return hide(malloc(size)); }

static void use_pool(size_t chunk) {
  char* pool = sized(chunk);
  padlock_poison(pool, chunk);
  for (size_t round = 0; round < 3; ++round) {
    for (size_t i = 0; i + kPiece <= chunk; i += kPiece) {
      // Any place, any length.
      const size_t size = 1 + i % kPiece;
      padlock_unpoison(pool + i, size);
      use(pool + i, size);
      padlock_poison(pool + i, size);
    }
  }
  free(pool);
}

static void free_clears(size_t size) {
  for (int i = 0; i < 2000; ++i) {
    char* pool = sized(size);
    use(pool, size);
    padlock_poison(pool + i % size, size);
    free(pool);
  }
}

static void realloc_clears(size_t size) {
  char* pool = sized(size);
  padlock_poison(pool, size);
  pool = hide(realloc(pool, size + 8));
  use(pool, size + 8);
  padlock_poison(pool, size);
  pool = hide(realloc(pool, 20 * size));
  use(pool, 20 * size);
  free(pool);
}

// The sanitizer's names leave the contents as they are, for who is not looked at.
static void contents_stay(void) {
  char* pool = sized(1000);
  strcpy(pool + 100, "kept");
  __asan_poison_memory_region(pool, 1000);
  poke(pool, 300, 1, 4);
  if (__asan_address_is_poisoned(pool + 99) != 1) abort();
  __asan_unpoison_memory_region(pool + 100, 5);
  if (__asan_address_is_poisoned(pool + 104) != 0) abort();
  if (__asan_region_is_poisoned(pool + 100, 5) != NULL) abort();
  if (__asan_region_is_poisoned(pool + 100, 6) != pool + 105) abort();
  if (strcmp(pool + 100, "kept") != 0) abort();
  __asan_unpoison_memory_region(pool, 1000);
  if (pool[300] != 1 || __asan_region_is_poisoned(pool, 1000) != NULL) abort();
  free(pool);
}

static void nobodys_memory(void) {
  static char variable[64];
  char local[64];
  padlock_poison(variable, sizeof variable);
  padlock_poison(local, sizeof local);
  padlock_poison(NULL, 100);
  padlock_poison((void*)16, (size_t)-1);
  memset(local, 0, sizeof local);
  memset(variable, 0, sizeof variable);
  padlock_unpoison(variable, sizeof variable);
  char* freed = sized(100);
  free(freed);
  padlock_poison(freed, 100);
  padlock_unpoison(freed, 100);
}

static void neighbours_are_left_alone(void) {
  char* first = NULL;
  char* second = NULL;
  adjacent_blocks(40, &first, &second);
  padlock_poison(first, 4000);
  use(second, 40);
  padlock_unpoison(first, 40);
  use(first, 40);
}

int main(void) {
  if (padlock_poison == NULL) return 0;
  use_pool(kChunk);
  use_pool(600000);
  use_pool(20 << 20);
  free_clears(100);
  free_clears(5000);
  free_clears(300000);
  realloc_clears(200);
  realloc_clears(300000);
  contents_stay();
  nobodys_memory();
  neighbours_are_left_alone();
  return 0;
}
