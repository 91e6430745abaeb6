/* fresh_memory on|bytes|off: what malloc hands out for the first time holds words that are no canonical
 * pointers, up to fill_fresh_max bytes (bytes: where it is not aligned to words, just not zero); what calloc
 * hands out is zero. */
#include <stdint.h>
#include <string.h>

#include "check.h"

enum { kMost = 4096 };

static const size_t kSizes[] = {5, 8, 15, 24, 100, 110, 1000, 4096, 5000, 30000, 100000, 500000};

/* Of the first `length` bytes, the words that trap when they are used as a pointer. */
static size_t traps_in(const char* block, size_t length) {
  size_t count = 0;
  for (size_t at = 0; at + 8 <= length; at += 8) {
    uint64_t word;
    memcpy(&word, block + at, 8);
    count += (word >> 63) != (word >> 62 & 1);
  }
  return count;
}

int main(int argc, char** argv) {
  CHECK(argc == 2);
  const int on = strcmp(argv[1], "on") == 0;
  const int bytes = strcmp(argv[1], "bytes") == 0;
  size_t trapping = 0;
  size_t words = 0;
  size_t others = 0; /* bytes at the ends, where no word is; with `bytes` all */
  size_t zeros = 0;  /* of these; of filled ones one in 256 */
  for (size_t i = 0; i < sizeof kSizes / sizeof *kSizes; ++i) {
    char* zeros = OPAQUE((char*)calloc(1, kSizes[i]));
    for (size_t at = 0; at < kSizes[i]; ++at) CHECK(zeros[at] == 0);
    for (int block = 0; block < 20; ++block) {
      char* fresh = OPAQUE((char*)malloc(kSizes[i]));
      const size_t filled = kSizes[i] < kMost ? kSizes[i] : kMost;
      trapping += traps_in(fresh, filled / 8 * 8);
      words += filled / 8;
      for (size_t at = bytes ? 0 : filled / 8 * 8; at < filled; ++at, ++others) zeros += fresh[at] == 0;
    }
  }
  if (on) CHECK(trapping == words);
  if (on || bytes) CHECK(zeros < others / 2);
  if (!on && !bytes) CHECK(trapping < words / 2);
  return 0;
}
