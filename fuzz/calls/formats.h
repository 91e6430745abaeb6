// Conversions that formats of printf and scanf are put together from, and calls with such a format.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "runtime/interposed/library_call.h"
#include "runtime/interposed/scan_room.h"

namespace padlock::fuzz {

using runtime::LibraryCall;

/// One conversion, the argument that it takes, and what it does.
struct Piece {
  const char* text;
  enum class Takes { kNothing, kNumber, kText, kTextOf, kCount, kReal, kField, kUnknown } takes;
  std::size_t size = SIZE_MAX;  // of text at most; of a count
};
inline constexpr Piece kPrintf[] = {
    {"%s", Piece::Takes::kText},      {"%.5s", Piece::Takes::kText, 5},  {"%-8.3s", Piece::Takes::kText, 3},
    {"%.*s", Piece::Takes::kTextOf},  {"%d", Piece::Takes::kNumber},     {"%lx", Piece::Takes::kNumber},
    {"%zu", Piece::Takes::kNumber},   {"%p", Piece::Takes::kNumber},     {"%c", Piece::Takes::kNumber},
    {"%n", Piece::Takes::kCount, 4},  {"%hhn", Piece::Takes::kCount, 1}, {"%ln", Piece::Takes::kCount, 8},
    {"%hn", Piece::Takes::kCount, 2}, {"%f", Piece::Takes::kReal},       {"%.3e", Piece::Takes::kReal},
    {"%%", Piece::Takes::kNothing},   {"plain", Piece::Takes::kNothing}, {"%20d", Piece::Takes::kNumber},
    {"%y", Piece::Takes::kUnknown},   {"%.40d", Piece::Takes::kNumber},
};
inline constexpr Piece kScanf[] = {
    {"%s", Piece::Takes::kText},       {"%9s", Piece::Takes::kText, 9},    {"%[a-z]", Piece::Takes::kText},
    {"%[]a]", Piece::Takes::kText},    {"%d", Piece::Takes::kNumber, 4},   {"%hhd", Piece::Takes::kNumber, 1},
    {"%hx", Piece::Takes::kNumber, 2}, {"%lu", Piece::Takes::kNumber, 8},  {"%zu", Piece::Takes::kNumber, 8},
    {"%lf", Piece::Takes::kNumber, 8}, {"%f", Piece::Takes::kNumber, 4},   {"%p", Piece::Takes::kNumber, 8},
    {"%c", Piece::Takes::kNumber, 1},  {"%12c", Piece::Takes::kField, 12}, {"%ms", Piece::Takes::kNumber, 8},
    {"%n", Piece::Takes::kCount, 4},   {"%ln", Piece::Takes::kCount, 8},   {"%*d", Piece::Takes::kNothing},
    {"%%", Piece::Takes::kNothing},    {" x ", Piece::Takes::kNothing},    {"%y", Piece::Takes::kUnknown},
};

/// The length of the text, or less than 0.
inline int length_of(const char* format, ...) {
  va_list list;
  va_start(list, format);
  const int length = std::vsnprintf(nullptr, 0, format, list);
  va_end(list);
  return length;
}

inline void format_to(char* to, std::size_t most, const char* format, ...) {
  va_list list;
  va_start(list, format);
  const LibraryCall site(to == nullptr ? core::Call::kPrintf : core::Call::kSnprintf,
                         __builtin_frame_address(0));
  if (to == nullptr) {
    site.formats(format, list);
  } else {
    site.formats_to(to, most, format, list);
  }
  va_end(list);
}

inline void scan_from(int assigned, const char* format, ...) {
  va_list list;
  va_start(list, format);
  const LibraryCall site(core::Call::kSscanf, __builtin_frame_address(0));
  runtime::ScanRoom room(format, list, nullptr);
  site.scanned(format, list, assigned, room);
  va_end(list);
}

}  // namespace padlock::fuzz
