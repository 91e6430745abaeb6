// What calls that are passed wide strings read and write: LibraryCall's words for them, which count in
// wchar_t.
#include <algorithm>
#include <cwchar>

#include "runtime/interposed/library_call.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kUnit = sizeof(wchar_t);

std::size_t room_at(const wchar_t* text) noexcept {
  const std::size_t bytes = accessible_at(text);
  return bytes == core::kUnbounded ? core::kUnbounded : bytes / kUnit;
}

std::size_t length_within(const wchar_t* text, std::size_t most) noexcept {
  std::size_t length = 0;
  while (length < most && text[length] != L'\0') ++length;
  return length;
}

std::size_t bytes_of(std::size_t characters) noexcept {
  return characters > core::kUnbounded / kUnit ? core::kUnbounded : characters * kUnit;
}

}  // namespace

void LibraryCall::check_wide_text(LibraryCall site, const wchar_t* text, std::size_t characters) noexcept {
  const std::size_t room = room_at(text);
  if (room < characters) site.reads(text, bytes_of(room + 1));
}

void LibraryCall::check_wide(LibraryCall site, const wchar_t* text, std::size_t most) noexcept {
  const std::size_t room = room_at(text);
  if (room >= most || length_within(text, room) < room) return;
  site.reads(text, bytes_of(room + 1));
}

void LibraryCall::check_wide_search(LibraryCall site, const wchar_t* in, wchar_t wanted,
                                    std::size_t characters) noexcept {
  const std::size_t room = room_at(in);
  if (room >= characters || std::find(in, in + room, wanted) != in + room) return;
  site.reads(in, bytes_of(characters));
}

void LibraryCall::check_wide_copy(LibraryCall site, wchar_t* to, const wchar_t* from) noexcept {
  site.reads_wide(from);
  const std::size_t size = bytes_of(length_within(from, core::kUnbounded) + 1);
  site.writes(to, size);
  check_overlap(site, to, from, size);
}

void LibraryCall::check_wide_field_overlap(LibraryCall site, wchar_t* to, const wchar_t* from,
                                           std::size_t characters) noexcept {
  const std::size_t length = length_within(from, characters);
  check_overlap(site, to, from, bytes_of(length < characters ? length + 1 : characters));
}

void LibraryCall::check_wide_append(LibraryCall site, wchar_t* to, const wchar_t* from,
                                    std::size_t most) noexcept {
  site.reads_wide(from, most);
  site.reads_wide(to);
  const std::size_t before = length_within(to, core::kUnbounded);
  if (before >= room_at(to)) return;
  const std::size_t length = length_within(from, most);
  site.writes(to + before, bytes_of(length + 1));
  check_overlap(site, to + before, from, bytes_of(length < most ? length + 1 : length));
}

void LibraryCall::check_wide_order(LibraryCall site, const wchar_t* a, const wchar_t* b,
                                   std::size_t most) noexcept {
  const std::size_t room = std::min(room_at(a), room_at(b));
  if (room >= most) return;
  for (std::size_t i = 0; i < room; ++i) {
    if (a[i] != b[i] || a[i] == L'\0') return;
  }
  site.reads(a, bytes_of(room + 1));
  site.reads(b, bytes_of(room + 1));
}

}  // namespace padlock::runtime
