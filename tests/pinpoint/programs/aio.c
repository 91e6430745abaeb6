// status: 134
// The kernel writes for a thread of libc's own, which serves a request of the program's and blocks all
// signals.
#include <aio.h>
#include <errno.h>

#include "pinpoint/programs/pinpoint.h"

static NOINLINE void ask_and_wait(int file, char* to, long size) {
  struct aiocb request = {.aio_fildes = file, .aio_buf = to, .aio_nbytes = size};
  const struct aiocb* const list[] = {&request};
  if (aio_read(&request) != 0) abort();
  while (aio_error(&request) == EINPROGRESS) aio_suspend(list, 1, NULL);
}

int main(void) {
  static const char zeros[kSize + 2];
  int ends[2];
  allocate_blocks();
  if (pipe(ends) != 0 || write(ends[1], zeros, sizeof zeros) != sizeof zeros) return 3;
  ask_and_wait(ends[0], blocks[9], kSize + 2);
  free_blocks();
  return 0;
}
