// The instruction that enters the kernel. Which calls are made by it is not decided here (os/system_call.h).
#pragma once

namespace padlock::arch {

/// What the kernel returned, a negative number for an error.
[[gnu::always_inline]] inline long enter_kernel(long number, long a, long b, long c, long d, long e,
                                                long f) noexcept {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long returned = 0;
  asm volatile("syscall"
               : "=a"(returned)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return returned;
}

}  // namespace padlock::arch
