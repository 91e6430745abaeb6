// A program with its own operator new and delete over malloc and free.
// expect: nothing
#include <map>
#include <new>
#include <string>

#include "../misuse.h"

static long balance = 0;

void* operator new(std::size_t size) {
  ++balance;
  if (void* pointer = malloc(size)) return pointer;
  throw std::bad_alloc();
}
void operator delete(void* pointer) noexcept {
  balance -= pointer != nullptr;
  free(pointer);
}
void operator delete(void* pointer, std::size_t) noexcept { operator delete(pointer); }

int main() {
  {
    std::map<int, std::string> entries;
    for (int i = 0; i < 100; ++i) entries[i] = std::string(static_cast<std::size_t>(i), 'v');
    int* values = static_cast<int*>(hide(new int[10]));
    delete[] values;
  }
  return balance != 0;
}
