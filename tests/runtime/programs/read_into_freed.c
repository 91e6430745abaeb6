/* Memory that the kernel is handed although it is not the program's any more. argv[1]: what it is. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static int ends[2];

/* The bytes of a pipe that are not what is there. */
static void send(const void* unlike, size_t length) {
  unsigned char bytes[8];
  for (size_t i = 0; i < length; ++i) bytes[i] = ((const volatile unsigned char*)unlike)[i];
  spoil(bytes, length);
  CHECK(write(ends[1], bytes, length) == (ssize_t)length);
}

/* Closed to everybody: where no call is looked at, it fails, the program goes on, and there is no report. */
static void large(void) {
  char* block = OPAQUE(malloc(1 << 20));
  free(block);
  CHECK(write(ends[1], "1234", 4) == 4);
  CHECK(read(ends[0], OPAQUE(block), 4) == -1 && errno == EFAULT);
  CHECK(write(ends[1], OPAQUE(block), 4) == -1 && errno == EFAULT);
}

/* The program goes on after the reports: what was read is gone, and nothing is written. */
static void large_seen(void) {
  char* block = OPAQUE(malloc(1 << 20));
  free(block);
  CHECK(write(ends[1], "1234", 4) == 4);
  CHECK(read(ends[0], OPAQUE(block), 4) == 4);
  CHECK(write(ends[1], OPAQUE(block), 4) == -1 && errno == EFAULT);
}

/* What fits in front of the guard page of a large block that lives is sent, no more. */
static void over_the_end(void) {
  enum { kSize = 1 << 20, kAsked = 8192 };
  char* block = OPAQUE(malloc(kSize));
  const ssize_t sent = write(ends[1], OPAQUE(block) + kSize - 4096, kAsked);
  CHECK(sent < kAsked);
  free(block);
}

/* The pages of a small block are not closed: what the kernel writes there is found like any other write. */
static void small(void) {
  char* block = OPAQUE(malloc(100));
  free(block);
  send(OPAQUE(block) + 40, 4);
  CHECK(read(ends[0], OPAQUE(block) + 40, 4) == 4);
}

static void padding(void) {
  char* block = OPAQUE(malloc(24));
  send(block + 24, 4);
  CHECK(read(ends[0], OPAQUE(block) + 24, 4) == 4);
  free(block);
}

int main(int argc, char** argv) {
  CHECK(argc == 2 && pipe(ends) == 0);
  if (strcmp(argv[1], "large") == 0) large();
  if (strcmp(argv[1], "large_seen") == 0) large_seen();
  if (strcmp(argv[1], "over_the_end") == 0) over_the_end();
  if (strcmp(argv[1], "small") == 0) small();
  if (strcmp(argv[1], "padding") == 0) padding();
  return 0;
}
