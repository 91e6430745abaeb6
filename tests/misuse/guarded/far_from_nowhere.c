// A write into closed memory between guarded blocks; nothing shows from which one it went out.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

enum { kMask = 0x5a5a5a5 };

static uintptr_t target;

static NOINLINE void aim(void) { target = ((uintptr_t)malloc(100) + 200000) ^ kMask; }

/* No register and no word of the stack leads to the block any more. */
static NOINLINE void forget(void) {
  volatile char stack[4096];
  for (unsigned i = 0; i < sizeof stack; ++i) stack[i] = 0;
  __asm__ volatile(
      "xor %%ecx, %%ecx; xor %%edx, %%edx; xor %%esi, %%esi; xor %%edi, %%edi; xor %%r8d, %%r8d;"
      "xor %%r9d, %%r9d; xor %%r10d, %%r10d; xor %%r11d, %%r11d; xor %%eax, %%eax"
      :
      :
      : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
}

static NOINLINE void store(void) { *(volatile char*)(target ^ kMask) = 'N'; }

int main(void) {
  aim();
  forget();
  store();
  return 0;
}
