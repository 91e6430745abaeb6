// operator new without memory: the handler is called, bad_alloc is thrown, the nothrow form returns null.
#include <cstdio>
#include <new>

namespace {

int handled = 0;
char* volatile taken;  // what nobody uses need not be allocated, says the compiler

void give_up() {
  ++handled;
  std::set_new_handler(nullptr);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int run() {
  volatile std::size_t size = std::size_t{1} << 46;
  std::set_new_handler(give_up);
  try {
    taken = new char[size];
    return 1;
  } catch (const std::bad_alloc&) {
  }
  if (handled != 1) return 2;
  std::set_new_handler(give_up);
  taken = new (std::nothrow) char[size];
  if (taken != nullptr) return 3;
  return handled == 2 ? 0 : 4;
}
