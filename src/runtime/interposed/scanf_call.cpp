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

// Whether another argument lies in the `size` bytes: of a text whose NUL a later conversion wrote over
// ("%3s%c") the end is not known any more.
template <typename Format>
bool hold_another(const void* begin, std::size_t size, const Format* format, va_list list) noexcept {
  core::ScanfArgumentsOf<Format> arguments(format, list);
  while (const auto argument = arguments.next()) {
    const std::uintptr_t ahead = address_of(argument->pointer) - address_of(begin);
    if (ahead != 0 && ahead < size) return true;
  }
  return false;
}

template <typename Character, typename Format>
void check_text(LibraryCall site, const core::ScanfArgument& argument, const Format* format, va_list list,
                ScanRoom& scan_room) noexcept {
  const void* const text = argument.pointer;
  const auto* const written = static_cast<const Character*>(scan_room.written_for(text));
  const std::size_t bytes = accessible_at(text);
  const std::size_t room = bytes == core::kUnbounded ? bytes : bytes / sizeof *written;
  if (length_of(written, std::min(room, argument.size)) < room) return;
  if (hold_another(text, bytes, format, list)) return;
  const std::size_t size = length_of(written, argument.size) + 1;
  site.writes(text, size, sizeof *written);
  scan_room.note_overrun(text, size * sizeof *written);
}

// `last`: of those that succeeded.
template <typename Format>
void check_written(LibraryCall site, const core::ScanfArgument& argument, bool last, const Format* format,
                   va_list list, ScanRoom& room) noexcept {
  if (!may_be_in_heap(argument.pointer)) return;
  switch (argument.use) {
    case core::ScanfArgument::Use::kBytes:
    case core::ScanfArgument::Use::kCount:
      return site.writes(argument.pointer, argument.size);
    case core::ScanfArgument::Use::kField:
      return site.writes(argument.pointer, last ? 1 : argument.size);
    case core::ScanfArgument::Use::kText:
      return check_text<char>(site, argument, format, list, room);
    case core::ScanfArgument::Use::kWideText:
      return check_text<wchar_t>(site, argument, format, list, room);
  }
}

// Which conversions succeeded: the first `assigned` that count. A %n behind the last one may not have been
// come to.
template <typename Format>
void check_scanned(LibraryCall site, const Format* format, va_list list, int assigned,
                   ScanRoom& room) noexcept {
  if (!settings.options.intercept) return;
  core::ScanfArgumentsOf<Format> arguments(format, list);
  while (assigned > 0) {
    const auto argument = arguments.next();
    if (!argument) return;
    if (argument->use != core::ScanfArgument::Use::kCount) --assigned;
    check_written(site, *argument, assigned == 0, format, list, room);
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
