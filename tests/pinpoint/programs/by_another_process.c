// status: 25
// options: --runs=2
// Another process writes, by the memory's file: nothing that a tracer of this one could see.
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>

#include "pinpoint/programs/pinpoint.h"

static void write_into(pid_t process, char* to) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", (int)process);
  const int memory = open(path, O_RDWR);
  if (memory < 0 || pwrite(memory, "", 1, (off_t)to) != 1) _exit(77);
  _exit(0);
}

int main(void) {
  int status = 0;
  allocate_blocks();
  const pid_t self = getpid();
  const pid_t other = fork();
  if (other == 0) write_into(self, blocks[7] + kSize);
  if (waitpid(other, &status, 0) != other || status != 0) return 77;
  free_blocks();
  return 0;
}
