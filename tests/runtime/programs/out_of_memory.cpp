// operator new when there is no memory: the new-handler is called, then bad_alloc is thrown, and the C++
// library keeps count of exceptions; nothrow forms return null. Run under a limit of address space.
#include <sys/resource.h>

#include <exception>
#include <new>

#include "check.h"

namespace {

int handled = 0;

void give_up_after_three() {
  if (++handled == 3) std::set_new_handler(nullptr);
}

void throwing_handler() { throw std::bad_alloc(); }

constexpr std::size_t kTooMuch = std::size_t{1} << 40;

template <typename Allocate>
void expect_bad_alloc(Allocate allocate) {
  bool caught = false;
  try {
    OPAQUE(allocate());
  } catch (const std::bad_alloc&) {
    CHECK(std::uncaught_exceptions() == 0);
    caught = true;
  }
  CHECK(caught);
  CHECK(std::uncaught_exceptions() == 0);
}

}  // namespace

int main() {
  const rlimit limit{rlim_t{1} << 32, rlim_t{1} << 32};
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  const std::size_t too_much = OPAQUE(kTooMuch);

  std::set_new_handler(give_up_after_three);
  expect_bad_alloc([&]() -> void* { return ::operator new(too_much); });
  CHECK(handled == 3);

  expect_bad_alloc([&]() -> void* { return ::operator new[](too_much); });
  expect_bad_alloc([&]() -> void* { return ::operator new (too_much, std::align_val_t{64}); });
  expect_bad_alloc([&]() -> void* { return ::operator new(OPAQUE(~std::size_t{0})); });

  CHECK(::operator new(too_much, std::nothrow) == nullptr);
  CHECK(::operator new[](too_much, std::align_val_t{64}, std::nothrow) == nullptr);
  std::set_new_handler(throwing_handler);
  CHECK(::operator new(too_much, std::nothrow) == nullptr);
  CHECK(::operator new[](too_much, std::nothrow) == nullptr);
  CHECK(::operator new (too_much, std::align_val_t{64}, std::nothrow) == nullptr);
  handled = 0;
  std::set_new_handler(give_up_after_three);
  CHECK(::operator new(too_much, std::nothrow) == nullptr);
  CHECK(handled == 3);
  CHECK(std::uncaught_exceptions() == 0);
  return 0;
}
