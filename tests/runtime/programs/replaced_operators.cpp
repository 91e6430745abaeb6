// A program that replaces only the plain operators new and delete: every other form has to come down to them,
// as the standard says.
#include <new>

#include "check.h"

namespace {

long taken = 0;
long given = 0;

struct Plain {
  int numbers[10];
};
struct alignas(64) Aligned {
  char bytes[64];
};

}  // namespace

void* operator new(std::size_t size) {
  ++taken;
  if (size > 1000000) throw std::bad_alloc();
  return std::malloc(size);
}
void operator delete(void* pointer) noexcept {
  ++given;
  std::free(pointer);
}

int main() {
  delete OPAQUE(new Plain);
  delete[] OPAQUE(new Plain[3]);
  delete OPAQUE(new (std::nothrow) Plain);
  delete[] OPAQUE(new (std::nothrow) Plain[3]);
  CHECK(taken == 4 && given == 4);
  CHECK(::operator new[](OPAQUE(std::size_t{4000000}), std::nothrow) == nullptr);
  CHECK(taken == 5 && given == 4);
  delete OPAQUE(new Aligned);  // not replaced
  CHECK(taken == 5 && given == 4);
  return 0;
}
