// Compiled without built-in knowledge of these functions: each call is made, with the arguments that are
// written here.
#include "differential/family.h"

#include <dlfcn.h>
#include <malloc.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace padlock::fuzz {
namespace {

unsigned handler_calls = 0;
unsigned handler_limit = 0;

void handle() {
  if (++handler_calls >= handler_limit) std::set_new_handler(nullptr);
}

const void* module_of(const char* name) noexcept {
  Dl_info where;
  void* const function = dlsym(RTLD_DEFAULT, name);
  return function != nullptr && dladdr(function, &where) != 0 ? where.dli_fbase : nullptr;
}

// asprintf, strdup and a memory stream: each makes a block of `size` characters and a terminator.
void* from_libc(const Call& call, std::size_t size) noexcept {
  char* made = nullptr;
  switch (call.extra % 3) {
    case 0: {
      static char text[65536];
      std::memset(text, 'p', size);
      text[size] = 0;
      return strdup(text);
    }
    case 1:
      return asprintf(&made, "%*d", static_cast<int>(size), 7) < 0 ? nullptr : made;
    default: {
      std::size_t length = 0;
      std::FILE* const stream = open_memstream(&made, &length);
      if (stream == nullptr) return nullptr;
      for (std::size_t i = 0; i < size; ++i) std::fputc('m', stream);
      return std::fclose(stream) == 0 ? made : nullptr;
    }
  }
}

void* operator_new(const Call& call) {
  const std::size_t size = call.size();
  const auto alignment = static_cast<std::align_val_t>(call.alignment());
  switch (call.family) {
    case Family::kNew:
      return ::operator new(size);
    case Family::kNewArray:
      return ::operator new[](size);
    case Family::kNewNothrow:
      return ::operator new(size, std::nothrow);
    case Family::kNewArrayNothrow:
      return ::operator new[](size, std::nothrow);
    case Family::kNewAligned:
      return ::operator new(size, alignment);
    case Family::kNewArrayAligned:
      return ::operator new[](size, alignment);
    default:
      return ::operator new(size, alignment, std::nothrow);
  }
}

void* of_malloc_family(const Call& call, void* block, Outcome& outcome) noexcept {
  switch (call.family) {
    case Family::kMalloc:
      return std::malloc(call.size());
    case Family::kCalloc:
      return std::calloc(call.count(), call.size());
    case Family::kRealloc:
      return std::realloc(block, call.size());
    case Family::kReallocArray:
      return reallocarray(block, call.count(), call.size());
    case Family::kAlignedAlloc:
      return std::aligned_alloc(call.alignment(), call.size());
    case Family::kMemalign:
      return memalign(call.alignment(), call.size());
    case Family::kValloc:
      return valloc(call.size());
    case Family::kPvalloc:
      return pvalloc(call.size());
    case Family::kOfLibc:
      return from_libc(call, call.size());
    default: {
      void* const before = &outcome;
      void* memory = before;
      outcome.status = posix_memalign(&memory, call.alignment(), call.size());
      if (outcome.status == 0) return memory;
      outcome.wrote = memory != before;
      return nullptr;
    }
  }
}

}  // namespace

bool is_provided(Family family) noexcept {
  // libc makes reallocarray of the realloc that is in force.
  if (family != Family::kPvalloc && family != Family::kValloc && family != Family::kMemalign) return true;
  static const void* const provider = module_of("malloc");
  static const bool provided[] = {module_of("pvalloc") == provider, module_of("valloc") == provider,
                                  module_of("memalign") == provider};
  return provided[family == Family::kPvalloc ? 0 : family == Family::kValloc ? 1 : 2];
}

Outcome allocate(const Call& call, void* block) noexcept {
  Outcome outcome;
  const bool is_operator = call.family >= Family::kNew && call.family <= Family::kNewAlignedNothrow;
  handler_calls = 0;
  if (is_operator) {
    handler_limit = call.handler_calls();
    std::set_new_handler(handler_limit == 0 ? nullptr : &handle);
    errno = call.errno_before();
    try {
      outcome.memory = operator_new(call);
    } catch (const std::bad_alloc&) {
      outcome.threw = true;
    }
    outcome.error = errno;
    std::set_new_handler(nullptr);
  } else {
    errno = call.errno_before();
    outcome.memory = of_malloc_family(call, block, outcome);
    outcome.error = errno;
  }
  outcome.handled = handler_calls;
  return outcome;
}

void release(Family family, bool sized, void* block, std::size_t size, std::size_t alignment) noexcept {
  const auto aligned = static_cast<std::align_val_t>(alignment);
  switch (family) {
    case Family::kNew:
    case Family::kNewNothrow:
      return sized ? ::operator delete(block, size) : ::operator delete(block);
    case Family::kNewArray:
    case Family::kNewArrayNothrow:
      return sized ? ::operator delete[](block, size) : ::operator delete[](block);
    case Family::kNewAligned:
    case Family::kNewAlignedNothrow:
      return sized ? ::operator delete(block, size, aligned) : ::operator delete(block, aligned);
    case Family::kNewArrayAligned:
      return sized ? ::operator delete[](block, size, aligned) : ::operator delete[](block, aligned);
    default:
      return std::free(block);
  }
}

std::size_t do_nothing() noexcept {
  std::free(nullptr);
  for (const Family family :
       {Family::kNew, Family::kNewArray, Family::kNewAligned, Family::kNewArrayAligned}) {
    release(family, false, nullptr, 0, 16);
    release(family, true, nullptr, 24, 16);
  }
  return malloc_usable_size(nullptr);
}

}  // namespace padlock::fuzz
