/* The target in AFL++'s persistent mode. */
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

__AFL_FUZZ_INIT();
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(void) {
  __AFL_INIT();
  const unsigned char* input = __AFL_FUZZ_TESTCASE_BUF;
  while (__AFL_LOOP(100000)) LLVMFuzzerTestOneInput(input, (size_t)__AFL_FUZZ_TESTCASE_LEN);
  return 0;
}
