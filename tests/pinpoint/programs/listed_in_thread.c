// status: 134
// A list of ranges, the second of which is too long, is filled for one of two threads: what the call returned
// says that it was the kernel.
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "pinpoint/programs/pinpoint.h"

static int ends[2];

static NOINLINE long receive_both(char* head, char* to, long count) {
  struct iovec ranges[2] = {{head, 4}, {to, count}};
  struct msghdr message = {.msg_iov = ranges, .msg_iovlen = 2};
  return syscall(SYS_recvmsg, ends[0], &message, 0);
}

static void* receive_in_thread(void* to) {
  char head[4];
  if (receive_both(head, to, kSize) != kSize + 4) _exit(2);
  if (receive_both(head, to, kSize + 1) != kSize + 5) _exit(3);
  return NULL;
}

int main(void) {
  static const char zeros[100];
  pthread_t thread;
  allocate_blocks();
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || write(ends[1], zeros, 60) != 60) return 1;
  if (pthread_create(&thread, NULL, receive_in_thread, blocks[9]) != 0) return 4;
  pthread_join(thread, NULL);
  free_blocks();
  return 0;
}
