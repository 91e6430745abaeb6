// status: 134
// While others write to the block, fork, and start programs, one thread waits in a system call for what is to
// come into it; what comes last is too long.
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "pinpoint/programs/pinpoint.h"

static int ends[2];
static volatile int stop;

static NOINLINE void read_into(char* to, long count) {
  if (syscall(SYS_read, ends[0], to, count) != count) _exit(41);
}

static void* read_often(void* unused) {
  for (int i = 0; i < 10; ++i) read_into(blocks[1], 16);
  return NULL;
}

static void* write_often(void* part) {
  while (!stop) {
    poke(blocks[1], 16 + (long)part, 'b', 1);
    usleep(200);
  }
  return NULL;
}

static void wait_for(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) _exit(42);
}

static void* start_often(void* unused) {
  for (int i = 0; i < 3; ++i) {
    const pid_t copy = fork();
    if (copy == 0) {
      poke(blocks[1], 3, 'f', 1);
      _exit(0);
    }
    wait_for(copy);
    if (system("exit 0") != 0) _exit(43);
    const pid_t child = vfork();
    if (child == 0) {
      execl("/bin/true", "true", NULL);
      _exit(44);
    }
    wait_for(child);
  }
  return NULL;
}

int main(void) {
  static const char zeros[100];
  pthread_t reader, starter, writers[2];
  allocate_blocks();
  if (pipe(ends) != 0) return 1;
  pthread_create(&reader, NULL, read_often, NULL);
  pthread_create(&starter, NULL, start_often, NULL);
  for (long i = 0; i < 2; ++i) pthread_create(&writers[i], NULL, write_often, (void*)i);
  for (int i = 0; i < 10; ++i) {
    if (write(ends[1], zeros, 16) != 16) return 2;
    usleep(1000);
  }
  pthread_join(reader, NULL);
  pthread_join(starter, NULL);
  stop = 1;
  for (int i = 0; i < 2; ++i) pthread_join(writers[i], NULL);
  if (write(ends[1], zeros, kSize + 1) != kSize + 1) return 3;
  read_into(blocks[1], kSize + 1);
  free_blocks();
  return 0;
}
