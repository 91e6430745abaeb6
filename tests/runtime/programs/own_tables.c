/* own_tables WHAT: a wild pointer leads into Padlock's own memory. guard: a write to a closed page beside its
   tables; segments: to the table of segments, which is read-only; region, marks, record: to a table that can
   be written, which the check at exit names; keys N: to the Nth copy of the heap's keys, with which no block
   is sound (without N: how many there are). */
#include <stdint.h>
#include <string.h>

#include "check.h"

typedef struct {
  uintptr_t begin, end;
  char access[8];
} Range;

static Range ranges[2000];
static int count;

/* Of the mappings that have no name. */
static void read_mappings(void) {
  count = 0;
  static char line[1000];
  FILE* file = fopen("/proc/self/maps", "r");
  CHECK(file != NULL);
  while (fgets(line, sizeof line, file) != NULL && count < 2000) {
    Range* range = &ranges[count];
    char name[300] = "";
    CHECK(sscanf(line, "%lx-%lx %7s %*s %*s %*s %299s", &range->begin, &range->end, range->access, name) >=
          3);
    if (name[0] == '\0') ++count;
  }
  fclose(file);
}

static int is(const Range* range, const char* access, size_t size) {
  return memcmp(range->access, access, 3) == 0 && (size == 0 || range->end - range->begin == size);
}

/* A page between two tables. */
static char* closed_page(void) {
  for (int i = 1; i + 1 < count; ++i) {
    if (is(&ranges[i], "---", 4096) && is(&ranges[i - 1], "rw-", 0) && is(&ranges[i + 1], "rw-", 0) &&
        ranges[i - 1].end == ranges[i].begin && ranges[i].end == ranges[i + 1].begin)
      return (char*)ranges[i].begin;
  }
  return NULL;
}

/* 8 MiB but for a page or two that have been written. */
static char* segment_table(void) {
  for (int i = 0; i < count; ++i) {
    if (is(&ranges[i], "r--", 0) && ranges[i].end - ranges[i].begin > 4 << 20) return (char*)ranges[i].begin;
  }
  return NULL;
}

/* The keys hold words that rise by the same amount, and that amount: the middle one of the first four. */
static volatile uint64_t* copy_of_keys(int which, int* copies) {
  *copies = 0;
  for (int i = 0; i < count; ++i) {
    if (!is(&ranges[i], "rw-", 0) || ranges[i].begin >= 0x700000000000) continue;
    volatile uint64_t* word = (volatile uint64_t*)ranges[i].begin;
    for (; (uintptr_t)(word + 7) < ranges[i].end; ++word) {
      const uint64_t stride = word[6];
      const int rises = word[1] - word[0] == stride && word[2] - word[1] == stride &&
                        word[3] - word[2] == stride && word[4] == 2 * stride && word[5] == 2 * stride;
      if (stride != 0 && rises && (*copies)++ == which) return word + 1;
    }
  }
  return NULL;
}

/* Blocks of many sizes, some of which have been used before. */
static int use_the_heap(void) {
  static char* blocks[2000];
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 2000; ++i) blocks[i] = OPAQUE(malloc((size_t)(i * 37 + round * 11) % 3000));
    for (int i = 0; i < 2000; ++i) free(blocks[i]);
  }
  return 0;
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  char* block = OPAQUE(malloc(100));
  for (int i = 0; i < 100; ++i) OPAQUE(malloc(40));
  read_mappings();
  char* target = NULL;
  if (strcmp(what, "guard") == 0) target = closed_page();
  if (strcmp(what, "segments") == 0) target = segment_table();
  /* The segment's description and its marks begin where its slot does. */
  volatile uint64_t* const segment = (volatile uint64_t*)((uintptr_t)block & ~(uintptr_t)0xffffff);
  if (strcmp(what, "region") == 0) segment[8 + 1] ^= 0x4141;
  /* Behind the region, the starts of blocks, the first ones. */
  if (strcmp(what, "marks") == 0) segment[8 + 18] ^= 0x10;
  /* The record of a large block, by the words that describe its mapping: its body ends at the end of the
   * block's pages. */
  if (strcmp(what, "record") == 0) {
    char* large = OPAQUE(malloc(1 << 20));
    const uint64_t header = (uint64_t)large - 32;
    read_mappings();
    for (int i = 0; i < count; ++i) {
      if (!is(&ranges[i], "rw-", 64 * 1024)) continue;
      volatile uint64_t* word = (volatile uint64_t*)ranges[i].begin;
      for (; (uintptr_t)(word + 1) < ranges[i].end; ++word) {
        if (word[0] == header && word[1] == (uint64_t)large) word[0] += 4096;
      }
    }
  }
  if (strcmp(what, "keys") == 0) {
    use_the_heap();
    read_mappings();
    int copies = 0;
    volatile uint64_t* const key = copy_of_keys(argc > 2 ? atoi(argv[2]) : -1, &copies);
    if (key == NULL) return copies;
    *key = ~(uint64_t)0;
    return use_the_heap();
  }
  if (target != NULL) *(volatile char*)(target + 100) = 1;
  return 0;
}
