/* Results and errno of the malloc family, as glibc's manual pages state them. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>

#include "check.h"

static void failures(void) {
  errno = 0;
  CHECK(malloc(OPAQUE(SIZE_MAX)) == NULL && errno == ENOMEM);
  errno = 0;
  CHECK(malloc(OPAQUE((size_t)PTRDIFF_MAX + 1)) == NULL && errno == ENOMEM);
  errno = 0;
  CHECK(malloc(OPAQUE((size_t)PTRDIFF_MAX)) == NULL && errno == ENOMEM);
  errno = 0;
  CHECK(calloc(OPAQUE(SIZE_MAX / 2), 3) == NULL && errno == ENOMEM);
  char* block = malloc(10);
  strcpy(block, "unchanged");
  errno = 0;
  CHECK(realloc(block, OPAQUE(SIZE_MAX - 100)) == NULL && errno == ENOMEM);
  errno = 0;
  CHECK(reallocarray(block, OPAQUE(SIZE_MAX / 4), 8) == NULL && errno == ENOMEM);
  CHECK(strcmp(block, "unchanged") == 0);
  free(block);
  errno = 0;
  CHECK(aligned_alloc(OPAQUE(((size_t)1 << 63) + 1), 64) == NULL && errno == EINVAL);
  errno = 0;
  CHECK(memalign(OPAQUE(SIZE_MAX), 64) == NULL && errno == EINVAL);
  errno = 0;
  CHECK(pvalloc(OPAQUE(SIZE_MAX)) == NULL && errno == ENOMEM);
}

static void posix(void) {
  void* block = &block;
  errno = 77;
  CHECK(posix_memalign(&block, OPAQUE((size_t)24), 8) == EINVAL && block == &block && errno == 77);
  CHECK(posix_memalign(&block, OPAQUE((size_t)4), 8) == EINVAL && block == &block && errno == 77);
  CHECK(posix_memalign(&block, OPAQUE((size_t)0), 8) == EINVAL && block == &block && errno == 77);
  CHECK(posix_memalign(&block, 64, OPAQUE(SIZE_MAX / 2 + 9)) == ENOMEM && block == &block && errno == 77);
  CHECK(posix_memalign(&block, 4096, 100) == 0 && (uintptr_t)block % 4096 == 0 && errno == 77);
  free(block);
}

/* Up to the next power of two. */
static void rounded_alignments(void) {
  errno = 77;
  for (size_t alignment = 0; alignment < 5000; alignment = alignment * 2 + 3) {
    size_t rounded = 1;
    while (rounded < alignment) rounded *= 2;
    char* one = memalign(OPAQUE(alignment), 100);
    char* other = aligned_alloc(OPAQUE(alignment), 100);
    CHECK(one != NULL && (uintptr_t)one % rounded == 0 && other != NULL && (uintptr_t)other % rounded == 0);
    memset(one, 1, 100);
    memset(other, 2, 100);
    free(one);
    free(other);
  }
  CHECK(errno == 77);
}

static void successes(void) {
  errno = 77;
  void* small = malloc(100);
  void* large = malloc(3 << 20);
  void* zero = malloc(0);
  void* another = malloc(0);
  CHECK(zero != NULL && another != NULL && zero != another);
  CHECK(malloc_usable_size(zero) == 0 && malloc_usable_size(small) == 100 &&
        malloc_usable_size(large) == 3 << 20);
  CHECK(malloc_usable_size(NULL) == 0);
  large = realloc(large, 5 << 20);
  small = realloc(small, 1000);
  CHECK(errno == 77);
  free(small);
  free(large);
  free(zero);
  free(another);
  free(NULL);
  CHECK(errno == 77);
  void* block = malloc(8);
  CHECK(realloc(block, OPAQUE((size_t)0)) == NULL && errno == 77);
  block = pvalloc(1);
  CHECK((uintptr_t)block % 4096 == 0 && malloc_usable_size(block) == 4096);
  free(block);
  block = valloc(5000);
  CHECK((uintptr_t)block % 4096 == 0 && malloc_usable_size(block) == 5000);
  free(block);
  CHECK(mallopt(M_MMAP_THRESHOLD, 1) == 1);
}

static void alignments(void) {
  for (size_t alignment = 1; alignment <= (size_t)1 << 24; alignment *= 2) {
    for (size_t size = 0; size <= 1000000; size = size * 7 + 1) {
      char* block = memalign(alignment, size);
      CHECK(block != NULL && (uintptr_t)block % alignment == 0 && (uintptr_t)block % 16 == 0);
      CHECK(malloc_usable_size(block) == size);
      memset(block, 0xff, size);
      free(block);
    }
  }
}

static void zeroes(void) {
  for (size_t size = 1; size < 2000000; size = size * 3 + 1) {
    unsigned char* block = calloc(1, size);
    for (size_t i = 0; i < size; ++i) CHECK(block[i] == 0);
    memset(block, 0xff, size);
    free(block);
  }
}

int main(void) {
  failures();
  posix();
  rounded_alignments();
  successes();
  alignments();
  zeroes();
  return 0;
}
