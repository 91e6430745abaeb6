/* Threads that allocate, resize and free large blocks, beside one that trims the heap and forks: no block
   loses its contents, none is handed out twice, zeroed ones are zero. */
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kThreads = 4, kTurns = 1500, kHeld = 6, kLeast = 200000, kSteps = 40, kStep = 30000 };

typedef struct {
  unsigned char* bytes;
  size_t size;
} Block;

static unsigned next(unsigned* state) { return (*state = *state * 1103515245 + 12345) >> 8; }

static void mark(Block block, unsigned char value) {
  for (size_t at = 0; at < block.size; at += 16384) block.bytes[at] = value;
  block.bytes[block.size - 1] = value;
}

static void check_mark(Block block, size_t size, unsigned char value) {
  for (size_t at = 0; at < size; at += 16384) CHECK(block.bytes[at] == value);
}

static void check_zero(Block block) {
  for (size_t at = 0; at < block.size; at += 997) CHECK(block.bytes[at] == 0);
}

static void* work(void* argument) {
  unsigned state = (unsigned)(size_t)argument;
  const unsigned char value = (unsigned char)state;
  Block blocks[kHeld] = {};
  for (int turn = 0; turn < kTurns; ++turn) {
    Block* const block = &blocks[next(&state) % kHeld];
    const size_t size = kLeast + kStep * (size_t)(next(&state) % kSteps);
    if (block->bytes != NULL) check_mark(*block, block->size, value);
    if (block->bytes != NULL && next(&state) % 2 == 0) {
      const size_t both = block->size < size ? block->size : size;
      block->bytes = realloc(block->bytes, size);
      CHECK(block->bytes != NULL);
      check_mark(*block, both, value);
    } else {
      free(block->bytes);
      const int zeroed = next(&state) % 4 == 0;
      block->bytes = zeroed ? calloc(1, size) : malloc(size);
      CHECK(block->bytes != NULL);
      if (zeroed) check_zero((Block){block->bytes, size});
    }
    block->size = size;
    mark(*block, value);
  }
  for (int i = 0; i < kHeld; ++i) free(blocks[i].bytes);
  return NULL;
}

int main(void) {
  pthread_t threads[kThreads];
  for (size_t i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, work, (void*)(i + 1));
  for (int i = 0; i < 20; ++i) {
    malloc_trim(0);
    const pid_t child = fork();
    if (child == 0) {
      void* const block = malloc(kLeast * 2);
      free(realloc(block, kLeast * 4));
      _exit(block == NULL);
    }
    int status = 1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  return 0;
}
