/* Very many large blocks that are resized: none of them is lost, and the program can still map memory and
   start threads. */
#include <pthread.h>
#include <sys/mman.h>

#include "check.h"

enum { kBlocks = 9000, kFirst = 300000, kSecond = 700000 };
static char* blocks[kBlocks];

static void* nothing(void* argument) { return argument; }

int main(void) {
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(kFirst);
    CHECK(blocks[i] != NULL);
    blocks[i][kFirst - 1] = (char)i;
  }
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = realloc(blocks[i], kSecond);
    CHECK(blocks[i] != NULL);
    CHECK(blocks[i][kFirst - 1] == (char)i);
    blocks[i][kSecond - 1] = (char)(i + 1);
  }
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0);
  pthread_join(thread, NULL);
  CHECK(mmap(NULL, 8192, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  for (int i = 0; i < kBlocks; ++i) {
    CHECK(blocks[i][kFirst - 1] == (char)i);
    CHECK(blocks[i][kSecond - 1] == (char)(i + 1));
    blocks[i] = realloc(blocks[i], kFirst);
    CHECK(blocks[i] != NULL);
    CHECK(blocks[i][kFirst - 1] == (char)i);
  }
  for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
  return 0;
}
