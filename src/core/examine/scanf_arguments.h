// What a format of scanf makes of its arguments: which memory each conversion that succeeds writes. Pure:
// nothing that an argument points to is looked at. Strict: at a conversion that is not certain (an unknown
// letter, an argument by its position) the list ends.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/examine/access.h"

namespace padlock::core {

/// An argument that points to memory.
struct ScanfArgument {
  enum class Use : std::uint8_t {
    kBytes,     // `size` bytes are written
    kField,     // the same; fewer where the input ends within, which only the last conversion comes to
    kText,      // a string of at most `size` bytes, with its NUL behind them
    kWideText,  // a wide string of at most `size` characters, with its NUL
    kCount,     // %n: `size` bytes are written; it is no conversion that the call counts
  };
  Use use = Use::kBytes;
  const void* pointer = nullptr;
  std::size_t size = 0;

  friend bool operator==(const ScanfArgument&, const ScanfArgument&) = default;
};

/// The bytes that wide characters are as narrow text, at most.
constexpr std::size_t narrow_bytes(std::size_t characters) noexcept {
  constexpr std::size_t kLongest = 16;  // MB_LEN_MAX
  return characters > kUnbounded / kLongest / 2 ? kUnbounded : characters * kLongest;
}

/// The arguments of one call, from left to right, those left out that are only skipped (%*d). `Character`: of
/// the format; one of wide characters reads those.
template <typename Character>
class ScanfArgumentsOf {
 public:
  /// Copies the list. `format` is a string.
  ScanfArgumentsOf(const Character* format, va_list arguments) noexcept;
  ~ScanfArgumentsOf();
  ScanfArgumentsOf(const ScanfArgumentsOf&) = delete;
  ScanfArgumentsOf& operator=(const ScanfArgumentsOf&) = delete;

  /// The next one; nothing at the end, and where the format is not certain.
  std::optional<ScanfArgument> next() noexcept;
  /// Whether the list ended where the format did.
  [[nodiscard]] bool is_whole() const noexcept { return certain_; }

 private:
  enum class Length : std::uint8_t { kNone, kChar, kShort, kLong, kLongDouble };
  struct Conversion {
    bool skips = false;      // *
    bool allocates = false;  // m: the argument points to a pointer
    bool has_width = false;
    std::size_t width = 0;
    Length length = Length::kNone;
    Character letter = 0;
  };

  [[nodiscard]] bool read_conversion(Conversion& conversion) noexcept;
  [[nodiscard]] bool read_set() noexcept;
  static Length read_length(const Character*& at) noexcept;
  static std::size_t integer_size(Length length) noexcept;
  std::optional<ScanfArgument> written_by(const Conversion& conversion) noexcept;

  const Character* at_;
  bool certain_ = true;
  va_list arguments_;
};

extern template class ScanfArgumentsOf<char>;
extern template class ScanfArgumentsOf<wchar_t>;
using ScanfArguments = ScanfArgumentsOf<char>;
using WideScanfArguments = ScanfArgumentsOf<wchar_t>;

}  // namespace padlock::core
