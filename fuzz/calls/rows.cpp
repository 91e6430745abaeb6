// One line for each call: its row, its arguments, what it does.
#include "calls/rows.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <cwchar>

#include "calls/table.h"

namespace padlock::fuzz {
namespace {

using M = CallModel;
using A = CallArguments;

std::size_t span_of(const void* begin, const void* end) { return address_of(end) - address_of(begin); }

// How far a search that ends at `found`, or with the string, looks.
void until(M& m, const char* text, const char* found) {
  m.text(text, (found != nullptr ? span_of(text, found) : std::strlen(text)) + 1);
}
void wide_until(M& m, const wchar_t* text, const wchar_t* found) {
  if (found == nullptr) return m.wide_string(text);
  m.wide_text(text, static_cast<std::size_t>(found - text) + 1);
}
void number_at(M& m, const char* text, char* end) { m.text(text, span_of(text, end) + 1); }
char* end_of_long(const char* text, int base) {
  char* end = nullptr;
  static_cast<void>(std::strtol(text, &end, base));
  return end;
}
char* end_of_double(const char* text) {
  char* end = nullptr;
  static_cast<void>(std::strtod(text, &end));
  return end;
}
wchar_t* end_of_wide(const wchar_t* text, int base) {
  wchar_t* end = nullptr;
  static_cast<void>(std::wcstol(text, &end, base));
  return end;
}
int base_of(const A& a) { return a.byte % 2 == 0 ? 10 : 16; }
// Bytes that can be read wherever they begin.
std::size_t short_size(const A& a) { return std::min<std::size_t>(a.size, 256); }
bool no_glance(const A& /*a*/) { return false; }

// NOLINTBEGIN(bugprone-macro-parentheses): argument lists and statements.
#define ROW(name, arguments, model)                                                                    \
  Row {                                                                                                \
#name, [](const A& a) { static_cast<void>(a), static_cast<void>(table::closely_##name arguments); }, \
      [](const A& a) {                                                                                  \
        static_cast<void>(a);                                                                           \
        return !table::known_##name arguments || !table::near_##name arguments;                         \
      },                                                                                                \
      [](M& m, const A& a) { model; } \
  }
#define ROW_TO_END(name, arguments, model)                                                                  \
  Row {                                                                                                     \
#name, [](const A& a) { table::closely_##name arguments; }, no_glance, [](M & m, const A& a) { model; } \
  }
// NOLINTEND(bugprone-macro-parentheses)

const auto kRows = std::to_array<Row>({
  ROW(memcpy, (a.to, a.from, a.size), m.copies(a.to, a.from, a.size)),
      ROW(memmove, (a.to, a.from, a.size), m.reads(a.from, a.size); m.writes(a.to, a.size)),
      ROW(mempcpy, (a.to, a.from, a.size), m.copies(a.to, a.from, a.size)),
      ROW(memset, (a.to, a.byte, a.size), m.writes(a.to, a.size)),
      ROW(__memcpy_chk, (a.to, a.from, a.size, a.count), m.copies(a.to, a.from, a.size)),
      ROW(memcmp, (a.to, a.from, a.size), m.reads(a.to, a.size); m.reads(a.from, a.size)),
      ROW(bzero, (a.to, a.size), m.writes(a.to, a.size)),
      ROW(bcopy, (a.from, a.to, a.size), m.reads(a.from, a.size); m.writes(a.to, a.size)),
      ROW(
          memmem, (a.to, a.size, a.from, a.count),
          if (a.count <= a.size) {
            m.reads(a.from, a.count);
            m.search(a.to, a.from, a.size, a.count);
          }),
      ROW(memchr, (a.from, a.byte, a.size), m.search(a.from, a.byte, a.size)),
      ROW(rawmemchr, (a.from, '\0'), m.text(a.from, std::strlen(a.from) + 1)),
      ROW(strlen, (a.from), m.text(a.from, std::strlen(a.from) + 1)),
      ROW(strnlen, (a.from, a.size), m.text(a.from, std::min(strnlen(a.from, a.size) + 1, a.size))),
      ROW(strcpy, (a.to, a.from), m.copies_string(a.to, a.from)),
      ROW(stpcpy, (a.to, a.from), m.copies_string(a.to, a.from)),
      ROW(strncpy, (a.to, a.from, a.size), m.copies_field(a.to, a.from, a.size)),
      ROW(stpncpy, (a.to, a.from, a.size), m.copies_field(a.to, a.from, a.size)),
      ROW(strcat, (a.to, a.from), m.appends(a.to, a.from, M::kUnbounded)),
      ROW(strncat, (a.to, a.from, a.size), m.appends(a.to, a.from, a.size)),
      ROW(strlcpy, (a.to, a.from, a.size), m.copies_cut(a.to, a.from, a.size)),
      ROW(strlcat, (a.to, a.from, a.size), m.appends_cut(a.to, a.from, a.size)),
      ROW(memccpy, (a.to, a.from, a.byte, short_size(a)),
          m.copies_until(a.to, a.from, a.byte, short_size(a))),
      ROW(strdup, (a.from), m.string(a.from)), ROW(strndup, (a.from, a.size), m.string(a.from, a.size)),
      ROW(strcmp, (a.to, a.from), m.compares(a.to, a.from, M::kUnbounded, false)),
      ROW(strncmp, (a.to, a.from, a.size), m.compares(a.to, a.from, a.size, false)),
      ROW(strcasecmp, (a.to, a.from), m.compares(a.to, a.from, M::kUnbounded, true)),
      ROW(strncasecmp, (a.to, a.from, a.size), m.compares(a.to, a.from, a.size, true)),
      ROW(strcoll, (a.to, a.from), m.string(a.to); m.string(a.from)),
      ROW(strchr, (a.from, a.byte), until(m, a.from, std::strchr(a.from, a.byte))),
      ROW(strchrnul, (a.from, a.byte), until(m, a.from, std::strchr(a.from, a.byte))),
      ROW(strrchr, (a.from, a.byte), m.string(a.from)),
      ROW(strstr, (a.to, a.from), m.string(a.from); until(m, a.to, std::strstr(a.to, a.from))),
      ROW(strspn, (a.from, "ab"), m.text(a.from, std::strspn(a.from, "ab") + 1)),
      ROW(strcspn, (a.from, "yz"), m.text(a.from, std::strcspn(a.from, "yz") + 1)),
      ROW(strpbrk, (a.from, a.to), until(m, a.from, std::strpbrk(a.from, a.to)); m.string(a.to)),
      ROW(write, (1, a.from, a.size), m.reads(a.from, a.size)),
      ROW(fwrite, (a.from, a.size, a.count, nullptr), m.reads(a.from, M::product(a.size, a.count))),
      ROW(puts, (a.from), m.string(a.from)),
      ROW(wmemcpy, (a.wide_to(), a.wide_from(), a.size),
          m.copies(a.wide_to(), a.wide_from(), M::product(a.size, sizeof(wchar_t)))),
      ROW(wmemset, (a.wide_to(), L'x', a.size), m.writes(a.wide_to(), M::product(a.size, sizeof(wchar_t)))),
      ROW(wcslen, (a.wide_from()), m.wide_text(a.wide_from(), std::wcslen(a.wide_from()) + 1)),
      ROW(wcscpy, (a.wide_to(), a.wide_from()), m.copies_wide(a.wide_to(), a.wide_from())),
      ROW(wcsncpy, (a.wide_to(), a.wide_from(), a.size),
          m.copies_wide_field(a.wide_to(), a.wide_from(), a.size)),
      ROW(wcscat, (a.wide_to(), a.wide_from()), m.appends_wide(a.wide_to(), a.wide_from(), M::kUnbounded)),
      ROW(wcsncat, (a.wide_to(), a.wide_from(), a.size), m.appends_wide(a.wide_to(), a.wide_from(), a.size)),
      ROW(wcscmp, (a.wide_to(), a.wide_from()), m.compares_wide(a.wide_to(), a.wide_from(), M::kUnbounded)),
      ROW(wcsncmp, (a.wide_to(), a.wide_from(), a.size), m.compares_wide(a.wide_to(), a.wide_from(), a.size)),
      ROW(wcschr, (a.wide_from(), a.byte), wide_until(m, a.wide_from(), std::wcschr(a.wide_from(), a.byte))),
      ROW(atoi, (a.from), m.number(a.from)),
      ROW_TO_END(strtol, (a.from, nullptr, base_of(a)),
                 number_at(m, a.from, end_of_long(a.from, base_of(a)))),
      ROW_TO_END(strtoull, (a.from, nullptr, base_of(a)),
                 number_at(m, a.from, end_of_long(a.from, base_of(a)))),
      ROW_TO_END(strtod, (a.from, nullptr), number_at(m, a.from, end_of_double(a.from))),
      ROW_TO_END(wcstol, (a.wide_from(), nullptr, base_of(a)),
                 wide_until(m, a.wide_from(), end_of_wide(a.wide_from(), base_of(a)))),
      ROW(qsort, (a.to, a.count, a.size, nullptr), m.writes(a.to, M::product(a.count, a.size))),
      ROW(bsearch, ("", a.from, a.count, a.size, nullptr), m.reads(a.from, M::product(a.count, a.size))),
      ROW(poll, (a.to, a.count, 0), m.writes(a.to, M::product(a.count, 8))),
      ROW(pipe, (reinterpret_cast<int*>(a.wide_to())), m.writes(a.wide_to(), 8)),
      ROW(open, (a.from, 0, 0), m.string(a.from, 4096)),
      ROW(rename, (a.from, a.to), m.string(a.from, 4096); m.string(a.to, 4096)),
});

}  // namespace

std::span<const Row> call_rows() { return kRows; }

}  // namespace padlock::fuzz
