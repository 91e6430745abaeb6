// What calls of the scanf family write: LibraryCall's words for them. How long a string is that was read is
// known afterwards only.
#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include "base/arith.h"
#include "core/examine/access.h"
#include "core/examine/scanf_arguments.h"
#include "runtime/interposed/library_call.h"
#include "runtime/interposed/scan_room.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

template <typename Character>
std::size_t length_of(const Character* text, std::size_t most) noexcept {
  std::size_t length = 0;
  while (length < most && text[length] != 0) ++length;
  return length;
}

bool has_nul(core::ScanfArgument::Use use) noexcept {
  return use == core::ScanfArgument::Use::kText || use == core::ScanfArgument::Use::kWideText;
}

// Whether a later argument than the first `number` begins within the `size` bytes, or reaches into them
// without a NUL of its own: of a text whose NUL a later conversion wrote over ("%3s%c") the end is not known
// any more.
template <typename Format>
bool is_written_over(const void* begin, std::size_t size, std::size_t number, const Format* format,
                     va_list list) noexcept {
  core::ScanfArgumentsOf<Format> arguments(format, list);
  for (std::size_t i = 0; i < number; ++i) arguments.next();
  while (const auto later = arguments.next()) {
    const std::uintptr_t ahead = address_of(later->pointer) - address_of(begin);
    if (ahead < size || (!has_nul(later->use) && 0 - ahead < later->size)) return true;
  }
  return false;
}

template <typename Character, typename Format>
void check_text(LibraryCall site, const core::ScanfArgument& argument, std::size_t number,
                const Format* format, va_list list, ScanRoom& scan_room) noexcept {
  const void* const text = argument.pointer;
  const auto* const written = static_cast<const Character*>(scan_room.written_for(text));
  const std::size_t bytes = accessible_at(text);
  const std::size_t room = bytes == core::kUnbounded ? bytes : bytes / sizeof *written;
  if (length_of(written, std::min(room, argument.size)) < room) return;
  if (is_written_over(text, bytes, number, format, list)) return;
  const std::size_t size = length_of(written, argument.size) + 1;
  site.writes(text, size, sizeof *written);
  scan_room.note_overrun(text, size * sizeof *written);
}

// The argument `number`, counted from 1. `last`: of those that succeeded.
template <typename Format>
void check_written(LibraryCall site, const core::ScanfArgument& argument, std::size_t number, bool last,
                   const Format* format, va_list list, ScanRoom& room) noexcept {
  if (!may_be_in_heap(argument.pointer)) return;
  switch (argument.use) {
    case core::ScanfArgument::Use::kBytes:
    case core::ScanfArgument::Use::kCount:
      return site.writes(argument.pointer, argument.size);
    case core::ScanfArgument::Use::kField:
      return site.writes(argument.pointer, last ? 1 : argument.size);
    case core::ScanfArgument::Use::kText:
      return check_text<char>(site, argument, number, format, list, room);
    case core::ScanfArgument::Use::kWideText:
      return check_text<wchar_t>(site, argument, number, format, list, room);
  }
}

// Which conversions succeeded: the first `assigned` that count. A %n behind the last one may not have been
// come to.
template <typename Format>
void check_scanned(LibraryCall site, const Format* format, va_list list, int assigned,
                   ScanRoom& room) noexcept {
  if (!settings.options.intercept) return;
  core::ScanfArgumentsOf<Format> arguments(format, list);
  for (std::size_t number = 1; assigned > 0; ++number) {
    const auto argument = arguments.next();
    if (!argument) return;
    if (argument->use != core::ScanfArgument::Use::kCount) --assigned;
    check_written(site, *argument, number, assigned == 0, format, list, room);
  }
}

}  // namespace

void LibraryCall::scanned(const char* format, va_list list, int assigned, ScanRoom& room) const noexcept {
  check_scanned(*this, format, list, assigned, room);
}

void LibraryCall::scanned(const wchar_t* format, va_list list, int assigned, ScanRoom& room) const noexcept {
  check_scanned(*this, format, list, assigned, room);
}

}  // namespace padlock::runtime
