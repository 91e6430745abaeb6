// Calls an interposed function: more arguments than registers, the caller's address, the value, a missing
// one.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

long total(void** caller, int count, ...);
long missing(void);
uintptr_t pc_seen(void);
uintptr_t sp_seen(void);

static int failures;

static void expect(int right, const char* what) {
  if (right) return;
  fprintf(stderr, "wrong: %s\n", what);
  ++failures;
}

__attribute__((noinline)) static void call(void) {
  void* caller = NULL;
  const long sum = total(&caller, 8, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
  expect(sum == 1036, "the sum of all arguments, changed by the hook");
  expect((uintptr_t)caller == pc_seen(), "the return address is the program's, for both");
  expect((uintptr_t)caller - (uintptr_t)&call < 4096, "it lies in this function");
  const uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
  expect(frame - sp_seen() < 4096, "the stack pointer is the caller's");
}

int main(void) {
  call();
  errno = 0;
  expect(missing() == -1 && errno == ENOSYS, "a function that nobody defines fails");
  return failures != 0;
}
