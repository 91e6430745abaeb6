// status: 134
// A block that a request to read still goes on for is freed.
#include <aio.h>
#include <errno.h>

#include "pinpoint/programs/pinpoint.h"

static struct aiocb request;

static NOINLINE void ask(int file, char* to) {
  request = (struct aiocb){.aio_fildes = file, .aio_buf = to, .aio_nbytes = kSize};
  if (aio_read(&request) != 0) abort();
}

static NOINLINE void wait_for_answer(void) {
  const struct aiocb* const list[] = {&request};
  while (aio_error(&request) == EINPROGRESS) aio_suspend(list, 1, NULL);
}

int main(void) {
  static const char zeros[kSize];
  int ends[2];
  allocate_blocks();
  if (pipe(ends) != 0) return 1;
  ask(ends[0], blocks[9]);
  free_blocks();
  if (write(ends[1], zeros, kSize) != kSize) return 2;
  wait_for_answer();
  return 0;
}
