// Which of the mutants that are compiled into a build is alive: planted beside the sources by ./dev mutants
// --generated. The number lies in a section of its own, where the tool writes it into the built file: nothing
// is read or looked for when a program starts, so it holds before the first allocation, in libpadlock.so as
// in a test.
#pragma once

namespace padlock_mutants {

// Another value than any mutant's; each that is come by is noted in a file.
constexpr unsigned kNoteAll = 0xffffffff;

[[gnu::section("padlock_mutant"), gnu::used]] static const volatile unsigned alive = 0;

inline long kernel(long number, long a, long b, long c, long d, long e, long f) noexcept {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

[[gnu::visibility("hidden")]] inline unsigned char* volatile notes = nullptr;

// By no function of libc, since some of those are under test. A child that the kernel lets do nothing notes
// nothing.
[[gnu::noinline, gnu::visibility("hidden")]] inline void note(unsigned mutant) noexcept {
  constexpr long kOpen = 2;
  constexpr long kClose = 3;
  constexpr long kMap = 9;
  if (notes == nullptr) {
    const long file = kernel(kOpen, reinterpret_cast<long>(PADLOCK_MUTANT_NOTES), 02, 0, 0, 0, 0);
    if (file < 0) return;
    const long map = kernel(kMap, 0, PADLOCK_MUTANT_COUNT, 3, 1, file, 0);
    kernel(kClose, file, 0, 0, 0, 0, 0);
    if (map < 0) return;
    notes = reinterpret_cast<unsigned char*>(map);
  }
  notes[mutant] = 1;
}

[[gnu::always_inline]] constexpr bool is(unsigned mutant) noexcept {
  if (__builtin_is_constant_evaluated()) return false;
  const unsigned now = alive;
  if (now == kNoteAll) [[unlikely]]
    note(mutant);
  return now == mutant;
}

}  // namespace padlock_mutants
