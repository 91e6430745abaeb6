// In a register of a thread that computes, in one of its vector registers, and below its stack pointer.
#include "../leaks.h"

static volatile int ready;

__attribute__((noinline)) static void spin(void* general, void* vector, void* red) {
  __asm__ volatile(
      "movq %1, %%xmm9\n"
      "movq %2, -64(%%rsp)\n"
      "movq %0, %%r13\n"
      "xorl %%edi, %%edi\nxorl %%esi, %%esi\nxorl %%edx, %%edx\nxorl %%eax, %%eax\n"
      "xorl %%ebx, %%ebx\nxorl %%ecx, %%ecx\n"
      "movl $1, %3\n"
      "1: pause\njmp 1b"
      :
      : "D"(general), "S"(vector), "d"(red), "m"(ready)
      : "r13", "rbx", "rax", "rcx", "xmm9", "memory");
}

static void* compute(void* unused) {
  char* general = take(40);
  char* vector = take(50);
  char* red = take(60);
  clear_stack();
  spin(general, vector, red);
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, compute, NULL);
  while (!ready) {
  }
  clear_stack();
  exit(0);
}
