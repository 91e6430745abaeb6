// many_written_late COUNT THREADS: each thread (the first one, if THREADS is 0) writes to COUNT blocks that
// it has freed; then the first one goes on allocating.
#include <pthread.h>
#include <stdlib.h>

static int count;

static void* write_late(void* unused) {
  unsigned char* volatile* const blocks = calloc(count, sizeof *blocks);
  for (int i = 0; i < count; ++i) blocks[i] = malloc(60);
  for (int i = 0; i < count; ++i) free(blocks[i]);
  for (int i = 0; i < count; ++i) ((volatile unsigned char*)blocks[i])[9] ^= 7;
  free((void*)blocks);
  return unused;
}

int main(int arguments, char** argument) {
  count = arguments > 1 ? atoi(argument[1]) : 100;
  const int threads = arguments > 2 ? atoi(argument[2]) : 0;
  if (threads == 0) write_late(NULL);
  for (int i = 0; i < threads; ++i) {
    pthread_t thread;
    pthread_create(&thread, NULL, write_late, NULL);
    pthread_join(thread, NULL);
  }
  for (int i = 0; i < 20000; ++i) {
    void* volatile block = malloc(60);
    free(block);
  }
  return 0;
}
