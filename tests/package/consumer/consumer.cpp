// A user's program: linked with the installed Padlock, it checks its own heap and runs one of its own.
#include <padlock/heap.h>
#include <padlock/padlock.h>

#include <array>
#include <cstdio>
#include <cstdlib>

int main() {
  static std::array<std::byte, 65536> memory;
  padlock::Heap heap(memory);
  void* volatile block = std::malloc(5);
  const bool guarded = padlock_describe(block) == 1;
  std::printf("%s %zu %s\n", padlock_version(), padlock_check_heap(), guarded ? "guarded" : "not guarded");
  std::free(block);
}
