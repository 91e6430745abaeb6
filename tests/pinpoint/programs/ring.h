/* One request to io_uring, by bare system calls. */
#ifndef PADLOCK_PINPOINT_RING_H
#define PADLOCK_PINPOINT_RING_H

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "pinpoint/programs/pinpoint.h"

static struct io_uring_params ring;
static char* queues;
static struct io_uring_sqe* entry;
static int ring_file;

static unsigned* word_at(unsigned offset) { return (unsigned*)(queues + offset); }

static int is_answered(void) { return __atomic_load_n(word_at(ring.cq_off.tail), __ATOMIC_ACQUIRE) != 0; }

/* Asks for one read, by a thread of the kernel's, and waits for `answers`. Without io_uring the test is
 * skipped. */
static NOINLINE void ask_for_read(int file, char* to, unsigned count, unsigned answers) {
  ring_file = syscall(SYS_io_uring_setup, 1, &ring);
  if (ring_file < 0 || !(ring.features & IORING_FEAT_SINGLE_MMAP)) exit(77);
  const int access = PROT_READ | PROT_WRITE;
  queues = mmap(NULL, 4096, access, MAP_SHARED | MAP_POPULATE, ring_file, IORING_OFF_SQ_RING);
  entry = mmap(NULL, sizeof *entry, access, MAP_SHARED | MAP_POPULATE, ring_file, IORING_OFF_SQES);
  if (queues == MAP_FAILED || entry == MAP_FAILED) exit(1);
  entry->opcode = IORING_OP_READ;
  entry->flags = IOSQE_ASYNC;
  entry->fd = file;
  entry->addr = (uintptr_t)to;
  entry->len = count;
  word_at(ring.sq_off.array)[0] = 0;
  __atomic_store_n(word_at(ring.sq_off.tail), 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, ring_file, 1, answers, IORING_ENTER_GETEVENTS, NULL, 0) != 1) exit(2);
}

#endif
