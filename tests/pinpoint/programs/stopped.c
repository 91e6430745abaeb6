// status: 134
// The program is stopped and continued in each run, while a block is watched as well.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "pinpoint/programs/pinpoint.h"

// 'T' or 't' in /proc: stopped, or about to be.
static int is_stopped(pid_t process) {
  char path[64];
  char state = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", process);
  FILE* const file = fopen(path, "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%*d %*s %c", &state) != 1) state = 0;
  fclose(file);
  return state == 'T' || state == 't';
}

static void stop_for_a_while(void) {
  const pid_t process = getpid();
  const pid_t other = fork();
  if (other == 0) {
    while (!is_stopped(process)) usleep(1000);
    kill(process, SIGCONT);
    _exit(0);
  }
  raise(SIGSTOP);
  waitpid(other, NULL, 0);
}

int main(void) {
  allocate_blocks();
  stop_for_a_while();
  poke(blocks[7], kSize, 0, 1);
  free_blocks();
  return 0;
}
