// Exceptions thrown over owning frames, nested, rethrown, and carried to another thread.
// expect: nothing
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../misuse.h"

static NOINLINE void descend(int depth) {
  std::vector<std::string> owned(3, std::string(40, 'o'));
  if (depth == 0) throw std::runtime_error(std::string(100, 'e'));
  try {
    descend(depth - 1);
  } catch (const std::runtime_error&) {
    std::throw_with_nested(std::logic_error(owned[0] + owned[1]));
  }
}

int main() {
  int caught = 0;
  for (int i = 0; i < 20; ++i) {
    try {
      descend(i % 7);
    } catch (...) {
      std::exception_ptr carried = std::current_exception();
      std::thread([&caught, carried] {
        try {
          std::rethrow_exception(carried);
        } catch (const std::exception& error) {
          caught += *error.what() != 0;
        }
      }).join();
    }
  }
  return caught != 20;
}
