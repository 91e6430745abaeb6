/* What is written to take over another allocator: sizes, links and whole chunks are forged, and an assertion
 * fails because Padlock hands out nothing of what was forged. The damage is named when the program ends
 * there. argv[1]: which. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "check.h"

static char target[256] __attribute__((aligned(16)));

static char* allocate(size_t size) {
  char* block = OPAQUE((char*)malloc(size));
  CHECK(block != NULL);
  memset(block, 7, size);
  return block;
}

static void store(void* at, long offset, uintptr_t word) {
  char* bytes = OPAQUE((char*)at) + offset;
  *(volatile uintptr_t*)bytes = word;
}

/* The size behind the last block becomes endless, so that a request reaches round to any place. */
static void endless_rest(void) {
  char* last = allocate(24);
  store(last, 24, (uintptr_t)-1);
  char* far = OPAQUE((char*)malloc(OPAQUE(target - last - 64)));
  char* forged = OPAQUE((char*)malloc(100));
  assert(forged >= target && forged < target + sizeof target);
}

/* The size behind the last block becomes small, so that a long request frees what is left. */
static void shortened_rest(void) {
  char* last = allocate(1008);
  store(last, 1016, 0xc01);
  char* far = allocate(4096);
  assert(far == last + 1024);
}

/* One NUL too many says that the block before is free. */
static void cleared_flag(void) {
  char* first = allocate(56);
  char* second = allocate(248);
  char* third = allocate(24);
  first[OPAQUE(56)] = 0;
  free(second);
  char* again = allocate(500);
  assert(again < third);
}

/* A size in front of a block grows, so that it overlaps its neighbour when it comes back. */
static void grown_size(void) {
  char* first = allocate(24);
  char* second = allocate(24);
  char* third = allocate(24);
  store(second, -8, 0x61);
  char* both = allocate(88);
  assert(both < third && both + 88 > third);
}

/* A chunk is forged within a block, whose links lead to the place that is to be written to. */
static void forged_chunk(void) {
  char* first = allocate(1048);
  char* second = allocate(1048);
  store(first, 8, 1040);
  store(first, 16, (uintptr_t)target - 24);
  store(first, 24, (uintptr_t)target - 16);
  store(second, -16, 1040); /* the size of the block before, and that it is free */
  store(second, -8, 0x420);
  assert(memcmp(target, (char[8]){0}, 8) != 0);
}

/* The link of a freed block leads to the target. */
static void forged_link(void) {
  char* freed = allocate(120);
  free(freed);
  store(freed, 0, (uintptr_t)target);
  char* first = allocate(120);
  char* second = allocate(120);
  assert(second == target);
}

static void both_links(void) {
  char* freed = allocate(1200);
  char* behind = allocate(24);
  free(freed);
  store(freed, 0, (uintptr_t)target);
  store(freed, 8, (uintptr_t)target);
  assert(allocate(1200) == target);
}

/* Reported at once. */
static void chunk_on_the_stack(void) {
  uintptr_t words[16] __attribute__((aligned(16))) = {0, 0x41, 0, 0, 0, 0, 0, 0, 0, 0x1234};
  free(OPAQUE((void*)&words[2]));
  assert(allocate(48) == (char*)&words[2]);
}

static void freed_twice(void) {
  char* first = allocate(24);
  char* second = allocate(24);
  free(first);
  free(second);
  free(OPAQUE(first));
  assert(allocate(24) == allocate(24));
}

static const struct {
  const char* name;
  void (*act)(void);
} ways[] = {
    {"endless_rest", endless_rest}, {"shortened_rest", shortened_rest},
    {"cleared_flag", cleared_flag}, {"grown_size", grown_size},
    {"forged_chunk", forged_chunk}, {"forged_link", forged_link},
    {"both_links", both_links},     {"chunk_on_the_stack", chunk_on_the_stack},
    {"freed_twice", freed_twice},
};

int main(int argc, char** argv) {
  CHECK(argc == 2);
  for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) {
    if (strcmp(argv[1], ways[i].name) == 0) ways[i].act();
  }
  return 1;
}
