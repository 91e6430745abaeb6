/* need LETTER KB MB: under that limit of address space (v) or data (d), blocks of MB megabytes in all. */
#include <string.h>
#include <sys/resource.h>

#include "check.h"

int main(int count, char** words) {
  CHECK(count == 4);
  const rlim_t bytes = (rlim_t)atol(words[2]) << 10;
  const struct rlimit limit = {bytes, bytes};
  CHECK(setrlimit(words[1][0] == 'v' ? RLIMIT_AS : RLIMIT_DATA, &limit) == 0);
  for (int i = 0; i < 16 * atoi(words[3]); ++i) {
    char* block = OPAQUE(malloc(65000));
    CHECK(block != NULL);
    memset(block, 1, 65000);
  }
  return 0;
}
