// What a format of printf makes of its arguments: which of them point to memory, and how long the text can
// become. Pure: nothing that an argument points to is looked at. Strict: at a conversion that is not certain
// (an unknown letter, an argument by its position) the list ends.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace padlock::core {

/// An argument that points to memory.
struct PrintfArgument {
  enum class Use : std::uint8_t {
    kText,      // %s: a string, of which at most `most` bytes count
    kWideText,  // %ls: a wide string, whole
    kCount,     // %n: `most` bytes are written
  };
  Use use = Use::kText;
  const void* pointer = nullptr;
  std::size_t most = 0;  // bytes; SIZE_MAX: up to the NUL

  friend bool operator==(const PrintfArgument&, const PrintfArgument&) = default;
};

/// The arguments of one call, from left to right.
class PrintfArguments {
 public:
  /// Copies the list. `format` is a string.
  PrintfArguments(const char* format, va_list arguments) noexcept;
  ~PrintfArguments();
  PrintfArguments(const PrintfArguments&) = delete;
  PrintfArguments& operator=(const PrintfArguments&) = delete;

  /// The next argument that points to memory; nothing at the end, and where the format is not certain. Wide
  /// text with a precision is left out: how much of it is read depends on the locale.
  std::optional<PrintfArgument> next() noexcept;

  /// After the last one: bytes that the text has at most, without its NUL and without the strings that next()
  /// returned; SIZE_MAX where there is no bound.
  [[nodiscard]] std::size_t longest() const noexcept { return longest_; }

 private:
  struct Conversion;

  [[nodiscard]] bool read_conversion(Conversion& conversion) noexcept;
  void read_flags() noexcept;
  bool read_number(std::size_t& number) noexcept;
  std::optional<PrintfArgument> pointer_of(const Conversion& conversion) noexcept;
  bool skip_argument(const Conversion& conversion) noexcept;
  void take_integer(const Conversion& conversion) noexcept;
  bool take_number(const Conversion& conversion) noexcept;
  template <typename T>
  void pass_over() noexcept {
    static_cast<void>(va_arg(arguments_, T));
  }
  void lengthen(std::size_t bytes) noexcept;
  std::optional<PrintfArgument> give_up() noexcept;

  const char* at_;
  std::size_t longest_ = 0;
  va_list arguments_;
};

}  // namespace padlock::core
