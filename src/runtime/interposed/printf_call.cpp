// What calls of the printf family read and write, and calls that read numbers: LibraryCall's words for them.
#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "core/examine/printf_arguments.h"
#include "os/errno_keeper.h"
#include "runtime/interposed/library_call.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

constinit std::atomic<bool> formats_are_changed{false};

std::size_t add(std::size_t a, std::size_t b) noexcept { return a > SIZE_MAX - b ? SIZE_MAX : a + b; }

std::size_t length_of(const core::PrintfArgument& argument) noexcept {
  if (argument.use != core::PrintfArgument::Use::kText) return 0;
  const auto* const text = static_cast<const char*>(argument.pointer);
  return text == nullptr ? std::strlen("(null)") : strnlen(text, argument.most);
}

void check_argument(LibraryCall site, const core::PrintfArgument& argument) noexcept {
  switch (argument.use) {
    case core::PrintfArgument::Use::kText:
      return site.reads_string(static_cast<const char*>(argument.pointer), argument.most);
    case core::PrintfArgument::Use::kWideText:
      return site.reads_wide(static_cast<const wchar_t*>(argument.pointer));
    case core::PrintfArgument::Use::kCount:
      return site.writes(argument.pointer, argument.most);
  }
}

// Whether a text may lie where the call writes.
bool may_reach(const char* to, std::size_t most, const core::PrintfArgument& argument) noexcept {
  if (to == nullptr || argument.use != core::PrintfArgument::Use::kText || !may_be_in_heap(to)) return false;
  const std::uintptr_t text = address_of(argument.pointer);
  const std::uintptr_t begin = address_of(to);
  return text >= begin ? text - begin < most : begin - text <= length_of(argument);
}

// Bytes that the text has, with its NUL; 0 where it cannot be made.
std::size_t size_of_text(const char* format, va_list list) noexcept {
  const os::ErrnoKeeper keeper;
  va_list own;
  va_copy(own, list);
  const int length = std::vsnprintf(nullptr, 0, format, own);
  va_end(own);
  return length < 0 ? 0 : static_cast<std::size_t>(length) + 1;
}

}  // namespace

// `text`: an argument of %s; `size`: of what is written at `to`.
void LibraryCall::check_own_argument(LibraryCall site, const char* to, std::size_t size,
                                     const void* text) noexcept {
  const bool behind = address_of(text) >= address_of(to);
  if (size != 0 && (!behind || address_of(text) - address_of(to) < size))
    report_overlap(site, to, text, size);
}

void LibraryCall::check_number(LibraryCall site, const char* text) noexcept {
  const std::size_t room = accessible_at(text);
  if (room == core::kUnbounded) return;
  std::size_t at = 0;
  const auto skip = [&](const char* set) {
    while (at < room && text[at] != '\0' && std::strchr(set, text[at]) != nullptr) ++at;
  };
  skip(" \t\n\v\f\r");
  if (at < room && (text[at] == '-' || text[at] == '+')) ++at;
  skip("0123456789");
  if (at == room) site.reads(text, room + 1);
}

void LibraryCall::changes_formats() noexcept { formats_are_changed.store(true, std::memory_order_relaxed); }

void LibraryCall::formats(const char* format, va_list list) const noexcept {
  formats_to(nullptr, 0, format, list);
}

void LibraryCall::formats_to(char* to, std::size_t most, const char* format, va_list list) const noexcept {
  if (!settings.options.intercept || formats_are_changed.load(std::memory_order_relaxed)) return;
  reads_string(format);
  core::PrintfArguments arguments(format, list);
  const std::size_t room = accessible_at(to);
  const bool is_bounded = room < most;
  std::size_t longest = 1;
  const void* within = nullptr;
  while (const auto argument = arguments.next()) {
    check_argument(*this, *argument);
    if (is_bounded) longest = add(longest, length_of(*argument));
    // A first argument that is copied to the very same place is no harm.
    const bool in_place =
        argument->pointer == to && longest == length_of(*argument) + 1 && arguments.longest() == 0;
    if (!in_place && may_reach(to, most, *argument)) within = argument->pointer;
  }
  const bool may_be_too_long = is_bounded && room < add(longest, arguments.longest());
  // Twice the work only where it may matter; not three times, as a %n has written into a text by then, or
  // behind it.
  if (within == nullptr && !may_be_too_long) return;
  const std::size_t size = std::min(size_of_text(format, list), most);
  if (within != nullptr) check_own_argument(*this, to, size, within);
  if (may_be_too_long) writes(to, size);
}

}  // namespace padlock::runtime
