// operator new in the shared library. The C++ library linked into it is a second one: it neither knows the
// program's new-handler nor may throw into the program's frames (its count of uncaught exceptions is not the
// program's). So the program's own library is looked up, in the rare case that memory runs out.
#include <new>

#include "os/next_symbol.h"
#include "os/raw_io.h"
#include "preload/cxx_new.h"

namespace padlock::preload {
namespace {

// A C program that has opened C++ libraries has the C++ library in their scope only.
void* find_in_cxx_library(const char* name) noexcept {
  for (const char* const library : {"libstdc++.so.6", "libc++abi.so.1", "libc++.so.1"}) {
    if (void* const found = os::symbol_in(library, name); found != nullptr) return found;
  }
  return nullptr;
}

template <typename Function>
Function find(void* found, const char* name) noexcept {
  return reinterpret_cast<Function>(found != nullptr ? found : find_in_cxx_library(name));
}

template <typename Function>
Function find_as_program(const char* name) noexcept {
  return find<Function>(os::program_symbol(name), name);
}

template <typename Function>
Function find_next(const char* name) noexcept {
  return find<Function>(os::next_symbol(name), name);
}

std::new_handler current_handler() noexcept {
  const auto get = find_as_program<std::new_handler (*)()>("_ZSt15get_new_handlerv");
  return get == nullptr ? nullptr : get();
}

[[noreturn]] void throw_bad_alloc() {
  const auto raise = find_as_program<void (*)()>("_ZSt17__throw_bad_allocv");
  if (raise != nullptr) raise();
  os::write_all(
      2, "Padlock: operator new is out of memory, and the program has no C++ library to throw bad_alloc\n");
  os::abort_now();
}

// The next nothrow operator behind ours calls our throwing one in a try block of the right C++ library.
using Plain = void* (*)(std::size_t, const std::nothrow_t&);
using Aligned = void* (*)(std::size_t, std::align_val_t, const std::nothrow_t&);

void* ask_next_nothrow(const runtime::AllocateCall& call) noexcept {
  const bool array = call.call == core::Call::kNewArray;
  if (call.alignment == 0) {
    const auto next = find_next<Plain>(array ? "_ZnamRKSt9nothrow_t" : "_ZnwmRKSt9nothrow_t");
    return next == nullptr ? nullptr : next(call.size, std::nothrow);
  }
  const auto next =
      find_next<Aligned>(array ? "_ZnamSt11align_val_tRKSt9nothrow_t" : "_ZnwmSt11align_val_tRKSt9nothrow_t");
  return next == nullptr ? nullptr : next(call.size, std::align_val_t{call.alignment}, std::nothrow);
}

}  // namespace

void* create(const runtime::AllocateCall& call, const trace::FrameState& from) {
  for (;;) {
    if (void* memory = runtime::allocate(call, from); memory != nullptr) return memory;
    const std::new_handler handler = current_handler();
    if (handler == nullptr) throw_bad_alloc();
    handler();
  }
}

void* create_nothrow(const runtime::AllocateCall& call, const trace::FrameState& from) noexcept {
  if (void* memory = runtime::allocate(call, from); memory != nullptr) return memory;
  return current_handler() == nullptr ? nullptr : ask_next_nothrow(call);
}

// A C++ library behind ours is there: the replaced operator belongs to a C++ program.
void* create_by_replaced(const runtime::AllocateCall& call) noexcept { return ask_next_nothrow(call); }

}  // namespace padlock::preload
