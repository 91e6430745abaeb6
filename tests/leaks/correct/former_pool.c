// What was poisoned when another block lay there says nothing of the one that lies there now.
#include "../leaks.h"

__attribute__((weak)) void padlock_poison(const void* memory, size_t size);

enum { kBlocks = 5000, kSize = 200 };
static void** kept;

__attribute__((noinline)) static void poison_all(void) {
  static char* blocks[kBlocks];
  for (int i = 0; i < kBlocks; ++i) blocks[i] = take(kSize);
  for (int i = 0; i < kBlocks; ++i) padlock_poison(blocks[i], kSize);
  for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
}

int main(void) {
  poison_all();
  for (int i = 0; i < 2 * kBlocks; ++i) {
    void** block = take(kSize);
    block[i % (kSize / sizeof *block)] = kept;
    kept = block;
  }
  clear_stack();
  return 0;
}
