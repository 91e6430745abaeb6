// Over-aligned new and delete in all their forms.
// expect: nothing
#include <cstdint>
#include <initializer_list>
#include <new>

#include "../misuse.h"

struct alignas(256) Page {
  char bytes[512];
};

static bool aligned(const void* pointer, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(pointer) % alignment == 0;
}

int main() {
  for (std::size_t size : {1UL, 100UL, 5000UL, 300000UL}) {
    for (std::size_t alignment : {32UL, 64UL, 4096UL, 65536UL, 1UL << 20}) {
      const auto tag = std::align_val_t{alignment};
      void* first = hide(operator new(size, tag));
      void* second = hide(operator new[](size, tag));
      void* third = hide(operator new(size, tag, std::nothrow));
      void* fourth = hide(operator new[](size, tag, std::nothrow));
      for (void* each : {first, second, third, fourth}) {
        if (!aligned(each, alignment)) return 1;
        memset(each, 3, size);
      }
      operator delete(first, tag);
      operator delete[](second, size, tag);
      operator delete(third, tag, std::nothrow);
      operator delete[](fourth, tag, std::nothrow);
    }
  }
  Page* pages = static_cast<Page*>(hide(new Page[3]));
  const bool good = aligned(pages, 256);
  delete[] pages;
  delete static_cast<Page*>(hide(new (std::nothrow) Page));
  return good ? 0 : 1;
}
