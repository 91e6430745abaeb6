/* More large blocks than the kernel allows mappings, half of which are freed and allocated again: guard pages
   are given up, nothing else, and the program can still map memory and start threads. */
#include <pthread.h>
#include <sys/mman.h>

#include "check.h"

enum { kBlocks = 40000, kSize = 262144, kOfTheProgram = 4000 };
static char* blocks[kBlocks];

static void* nothing(void* argument) { return argument; }

static void allocate(int first, int step) {
  for (int i = first; i < kBlocks; i += step) {
    blocks[i] = malloc(kSize);
    CHECK(blocks[i] != NULL);
    blocks[i][0] = (char)i;
  }
}

static void the_program_finds_room(void) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0);
  pthread_join(thread, NULL);
  char* const mapped = mmap(NULL, 4096L * kOfTheProgram, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mapped != MAP_FAILED);
  for (int i = 0; i < kOfTheProgram; i += 2) {
    CHECK(mprotect(mapped + 4096L * i, 4096, PROT_READ) == 0);  // two mappings more
  }
  munmap(mapped, 4096L * kOfTheProgram);
}

int main(void) {
  allocate(0, 1);
  the_program_finds_room();
  for (int i = 0; i < kBlocks; i += 2) free(blocks[i]);
  the_program_finds_room();
  allocate(0, 2);
  the_program_finds_room();
  for (int i = 0; i < kBlocks; ++i) CHECK(blocks[i][0] == (char)i);
  for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
  the_program_finds_room();
  return 0;
}
