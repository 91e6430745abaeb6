// Calls and families by the names that a program knows them by.
#include "core/call.h"

#include <string_view>

namespace padlock::core {
namespace {

// glibc's headers call scanf and its family by such names, programs do not.
consteval const char* written_name(const char* symbol) noexcept {
  for (const char* const prefix : {"__isoc99_", "__isoc23_"}) {
    const std::string_view before(prefix);
    if (std::string_view(symbol).starts_with(before)) return symbol + before.size();
  }
  return symbol;
}

}  // namespace

const char* to_string(Origin origin) noexcept {
  switch (origin) {
    case Origin::kMalloc:
      return "malloc";
    case Origin::kNew:
      return "new";
    case Origin::kNewArray:
      return "new[]";
    case Origin::kAligned:
      return "aligned_alloc";
  }
  return "unknown";
}

const char* to_string(Call call) noexcept {
  switch (call) {
    case Call::kNone:
      return "none";
    case Call::kMalloc:
      return "malloc";
    case Call::kCalloc:
      return "calloc";
    case Call::kRealloc:
      return "realloc";
    case Call::kReallocarray:
      return "reallocarray";
    case Call::kAlignedAlloc:
      return "aligned_alloc";
    case Call::kMemalign:
      return "memalign";
    case Call::kPosixMemalign:
      return "posix_memalign";
    case Call::kValloc:
      return "valloc";
    case Call::kPvalloc:
      return "pvalloc";
    case Call::kMallocUsableSize:
      return "malloc_usable_size";
    case Call::kMallocTrim:
      return "malloc_trim";
    case Call::kMlockall:
      return "mlockall";
    case Call::kFree:
      return "free";
    case Call::kCfree:
      return "cfree";
    case Call::kFreeSized:
      return "free_sized";
    case Call::kFreeAlignedSized:
      return "free_aligned_sized";
    case Call::kNew:
      return "operator new";
    case Call::kNewArray:
      return "operator new[]";
    case Call::kDelete:
      return "operator delete";
    case Call::kDeleteArray:
      return "operator delete[]";
    case Call::kHeapCheck:
      return "heap check";
    case Call::kExitCheck:
      return "exit check";
    case Call::kLastCheck:
      return "last check";
    case Call::kThreadEnd:
      return "thread end";
    case Call::kPoison:
      return "padlock_poison";
    case Call::kUnpoison:
      return "padlock_unpoison";
    case Call::kTrap:
      return "trap";
#define PADLOCK_LIBRARY_CALL(call, type, name, ...) \
  case Call::call:                                  \
    return written_name(#name);
#include "core/library_calls.def"
  }
  return "unknown";
}

}  // namespace padlock::core
