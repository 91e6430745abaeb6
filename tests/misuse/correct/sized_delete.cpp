// Sized deletes with the right size: by the compiler, by hand, polymorphic, of arrays with a cookie.
// expect: nothing
#include <new>
#include <string>

#include "../misuse.h"

struct Base {
  virtual ~Base() = default;
  long value = 0;
};
struct Derived : Base {
  std::string name = std::string(60, 'n');
  double more[7] = {};
};

int main() {
  for (int i = 0; i < 10; ++i) {
    Base* base = static_cast<Base*>(hide(new Derived));
    delete base;
    auto* texts = static_cast<std::string*>(hide(new std::string[5]));
    delete[] texts;
    operator delete (hide(operator new(123)), std::size_t{123});
    operator delete[](hide(operator new[](0)), std::size_t{0});
    operator delete (hide(operator new(400000)), std::size_t{400000});
    operator delete(hide(operator new(100, std::nothrow)), std::nothrow);
  }
  return 0;
}
