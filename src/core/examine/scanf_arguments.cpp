// The grammar of glibc's formats for scanf, as far as it decides what is written.
#include "core/examine/scanf_arguments.h"

#include <cwchar>

namespace padlock::core {
namespace {

using Use = ScanfArgument::Use;

template <typename Character>
constexpr Character kNoFormat[1] = {};

}  // namespace

template <typename Character>
ScanfArgumentsOf<Character>::ScanfArgumentsOf(const Character* format, va_list arguments) noexcept
    : at_(format) {
  va_copy(arguments_, arguments);
}

template <typename Character>
ScanfArgumentsOf<Character>::~ScanfArgumentsOf() {
  va_end(arguments_);
}

template <typename Character>
std::optional<ScanfArgument> ScanfArgumentsOf<Character>::next() noexcept {
  for (;;) {
    while (*at_ != '%' && *at_ != '\0') ++at_;
    if (*at_ == '\0') return std::nullopt;
    ++at_;
    Conversion conversion;
    const bool certain = read_conversion(conversion);
    if (certain && (conversion.letter == '%' || conversion.skips)) continue;
    const std::optional<ScanfArgument> argument = certain ? written_by(conversion) : std::nullopt;
    if (!argument) {
      at_ = kNoFormat<Character>;
      certain_ = false;
    }
    return argument;
  }
}

template <typename Character>
typename ScanfArgumentsOf<Character>::Length ScanfArgumentsOf<Character>::read_length(
    const Character*& at) noexcept {
  switch (*at) {
    case 'h':
      if (*++at != 'h') return Length::kShort;
      ++at;
      return Length::kChar;
    case 'l':
      if (*++at != 'l') return Length::kLong;
      ++at;
      return Length::kLongDouble;
    case 'L':
    case 'q':
      ++at;
      return Length::kLongDouble;
    case 'j':
    case 'z':
    case 't':
      ++at;
      return Length::kLong;
    default:
      return Length::kNone;
  }
}

// False where it is not certain what the conversion is.
template <typename Character>
bool ScanfArgumentsOf<Character>::read_conversion(Conversion& conversion) noexcept {
  constexpr std::size_t kMost = 1U << 30;
  for (; *at_ == '*' || *at_ == '\'' || *at_ == 'I'; ++at_)
    conversion.skips = conversion.skips || *at_ == '*';
  for (; *at_ >= '0' && *at_ <= '9'; ++at_) {
    conversion.has_width = true;
    conversion.width = conversion.width * 10 + static_cast<std::size_t>(*at_ - '0');
    if (conversion.width > kMost) return false;
  }
  if (*at_ == '$') return false;
  if (*at_ == 'm') {
    conversion.allocates = true;
    ++at_;
  }
  conversion.length = read_length(at_);
  conversion.letter = *at_;
  if (conversion.letter == '\0') return false;
  ++at_;
  return conversion.letter != '[' || read_set();
}

// What stands between the brackets: a ']' at the beginning is part of it.
template <typename Character>
bool ScanfArgumentsOf<Character>::read_set() noexcept {
  if (*at_ == '^') ++at_;
  if (*at_ == ']') ++at_;
  while (*at_ != ']' && *at_ != '\0') ++at_;
  if (*at_ == '\0') return false;
  ++at_;
  return true;
}

template <typename Character>
std::size_t ScanfArgumentsOf<Character>::integer_size(Length length) noexcept {
  switch (length) {
    case Length::kChar:
      return sizeof(char);
    case Length::kShort:
      return sizeof(short);
    case Length::kNone:
      return sizeof(int);
    case Length::kLong:
    case Length::kLongDouble:
      break;
  }
  return sizeof(long);
}

template <typename Character>
std::optional<ScanfArgument> ScanfArgumentsOf<Character>::written_by(const Conversion& conversion) noexcept {
  // To glibc %Ls and %lls are %ls.
  const bool wide = conversion.length == Length::kLong || conversion.length == Length::kLongDouble ||
                    conversion.letter == 'C' || conversion.letter == 'S';
  const bool has_width = conversion.has_width && conversion.width != 0;
  const std::size_t characters = has_width ? conversion.width : 1;
  const bool narrows = !wide && sizeof(Character) != 1;
  const std::size_t most = !has_width ? kUnbounded
                           : narrows  ? narrow_bytes(conversion.width)
                                      : conversion.width;
  // Before letters that a GNU 'a' may stand in front of, it is a flag in some programs and a number in
  // others.
  const bool flag = conversion.letter == 'a' && (*at_ == 's' || *at_ == 'S' || *at_ == '[');
  std::size_t size = 0;
  Use use = Use::kBytes;
  switch (conversion.letter) {
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
      size = integer_size(conversion.length);
      break;
    case 'n':
      size = integer_size(conversion.length);
      use = Use::kCount;
      break;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      if (flag || conversion.length == Length::kChar || conversion.length == Length::kShort)
        return std::nullopt;
      size = conversion.length == Length::kNone   ? sizeof(float)
             : conversion.length == Length::kLong ? sizeof(double)
                                                  : sizeof(long double);
      break;
    case 'p':
      size = sizeof(void*);
      break;
    case 'c':
    case 'C':
      size = wide ? characters * sizeof(wchar_t) : characters;
      use = characters == 1 ? Use::kBytes : Use::kField;
      break;
    case 's':
    case 'S':
    case '[':
      size = most;
      use = wide ? Use::kWideText : Use::kText;
      break;
    default:
      return std::nullopt;
  }
  if (conversion.allocates) {
    use = Use::kBytes;
    size = sizeof(void*);
  }
  return ScanfArgument{use, va_arg(arguments_, const void*), size};
}

template class ScanfArgumentsOf<char>;
template class ScanfArgumentsOf<wchar_t>;

}  // namespace padlock::core
