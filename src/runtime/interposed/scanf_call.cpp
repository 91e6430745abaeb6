// What calls of the scanf family write: LibraryCall's words for them. How long a string is that was read is
// known afterwards only.
#include <cstdarg>
#include <cstring>

#include "core/examine/scanf_arguments.h"
#include "runtime/interposed/library_call.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

// With its NUL.
std::size_t size_of_wide(const wchar_t* text) noexcept {
  std::size_t size = 1;
  while (text[size - 1] != L'\0') ++size;
  return size;
}

void check_written(LibraryCall site, const core::ScanfArgument& argument) noexcept {
  if (!may_be_in_heap(argument.pointer)) return;
  switch (argument.use) {
    case core::ScanfArgument::Use::kBytes:
    case core::ScanfArgument::Use::kCount:
      return site.writes(argument.pointer, argument.size);
    case core::ScanfArgument::Use::kText:
      return site.writes(argument.pointer, std::strlen(static_cast<const char*>(argument.pointer)) + 1);
    case core::ScanfArgument::Use::kWideText:
      return site.writes(argument.pointer, size_of_wide(static_cast<const wchar_t*>(argument.pointer)),
                         sizeof(wchar_t));
  }
}

}  // namespace

// Which conversions succeeded: the first `assigned` that count. A %n behind the last one may not have been
// come to.
void LibraryCall::scanned(const char* format, va_list list, int assigned) const noexcept {
  if (!settings.options.intercept) return;
  core::ScanfArguments arguments(format, list);
  while (assigned > 0) {
    const auto argument = arguments.next();
    if (!argument) return;
    check_written(*this, *argument);
    if (argument->use != core::ScanfArgument::Use::kCount) --assigned;
  }
}

}  // namespace padlock::runtime
