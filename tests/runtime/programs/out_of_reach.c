/* Heap memory that no block has come to is inaccessible: an access there is reported with the block that it
 * most likely came from, and the program goes on (halt_on_error=0). Bad pointers to there are like any
 * others. What is given back is out of reach again. Mappings stay few. */
#include <malloc.h>
#include <padlock/padlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kMega = 1 << 20, kSegment = 16 * kMega, kBlock = 3000, kBlocks = 4000, kFrees = 200 };

static const char* expected = "";
static const char any_block[1] = ""; /* where what the compiler left in registers decides */
static const void* expected_block;
static volatile unsigned reports = 0;

static void on_fault(const struct padlock_fault* fault, void* context) {
  (void)context;
  const int is_expected = expected_block == any_block ? fault->block != NULL : fault->block == expected_block;
  if (strcmp(fault->kind, expected) != 0 || !is_expected) fprintf(stderr, "%s\n", fault->summary);
  CHECK(strcmp(fault->kind, expected) == 0);
  CHECK(is_expected);
  ++reports;
}

static void expect(const char* kind, const void* block) {
  expected = kind;
  expected_block = block;
  reports = 0;
}

__attribute__((noinline)) static void store(volatile char* bytes, long at) { bytes[at] = 'R'; }

static unsigned mappings(void) {
  FILE* const maps = fopen("/proc/self/maps", "r");
  CHECK(maps != NULL);
  unsigned lines = 0;
  for (int c = getc(maps); c != EOF; c = getc(maps)) lines += c == '\n';
  fclose(maps);
  return lines;
}

static char* blocks[kBlocks];

static void fill_heap(void) {
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = calloc(1, kBlock);
    for (int j = 0; j < kBlock; ++j) CHECK(blocks[i][j] == 0);
    memset(blocks[i], 1, kBlock);
  }
}

static void empty_heap(void) {
  for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
}

int main(void) {
  char* const first = malloc(100);
  padlock_set_fault_callback(on_fault, NULL);
  const unsigned mapped = mappings();

  expect("heap-buffer-overflow", first);
  store(first, 2 * kMega);
  CHECK(reports == 1);

  // In the guard page behind all blocks of the segment, which alone is opened for it.
  expect("heap-buffer-overflow", any_block);
  char* const guard = (char*)((uintptr_t)first | (kSegment - 1));
  store(guard, 0);
  CHECK(reports == 1);
  store(guard, -1);
  CHECK(reports == 1);

  expect("invalid-free", NULL);
  for (long i = 0; i < kFrees; ++i) free(OPAQUE(first + 3 * kMega + i * 16384));
  CHECK(realloc(OPAQUE(first + 5 * kMega), 10) == NULL);
  CHECK(malloc_usable_size(OPAQUE(first + 6 * kMega)) == 0);
  CHECK(reports == kFrees + 2);
  CHECK(mappings() < mapped + 16);

  expect("", NULL);
  fill_heap();
  CHECK(padlock_check_heap() == 0);
  if (fork() == 0) {
    empty_heap();
    fill_heap();
    CHECK(padlock_check_heap() == 0);
    return 0;
  }
  int status = 1;
  CHECK(wait(&status) > 0 && status == 0);
  CHECK(mappings() < mapped + 16);

  char* const last = blocks[kBlocks - 1];
  empty_heap();
  malloc_trim(0);
  CHECK(padlock_check_heap() == 0);
  CHECK(reports == 0);
  expect("heap-buffer-overflow", first);
  store(first, last - first);
  CHECK(reports == 1);
  expect("", NULL);
  fill_heap();
  CHECK(padlock_check_heap() == 0);
  empty_heap();
  CHECK(reports == 0);
  free(first);
  return 0;
}
