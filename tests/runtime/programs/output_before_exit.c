// Leaves text in the buffers of two streams, a thread that holds stdin locked, and a block that was written
// past its end.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void* wait_for_input(void* none) {
  getchar();
  return none;
}

int main(int argc, char** argv) {
  pthread_t thread;
  pthread_create(&thread, NULL, wait_for_input, NULL);
  while (ftrylockfile(stdin) == 0) {
    funlockfile(stdin);
    usleep(1000);
  }
  volatile char* block = malloc(24);
  block[24] = 0;
  printf("kept %d", argc);
  FILE* second = fopen(argv[1], "w");
  fputs("kept too", second);
  return 5;
}
