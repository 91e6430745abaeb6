// The grammar of glibc's formats, as far as it decides which arguments are taken.
#include "core/examine/printf_arguments.h"

namespace padlock::core {
namespace {

constexpr std::size_t kUnlimited = SIZE_MAX;
constexpr std::size_t kIntegerLength = 32;  // 22 octal digits and what stands before them
constexpr std::size_t kDoubleLength = 350;  // 309 digits, a sign, a point, an exponent
constexpr std::size_t kLongDoubleLength = 5000;
constexpr std::size_t kCharacterLength = 16;  // MB_LEN_MAX

enum class Length : std::uint8_t { kNone, kChar, kShort, kLong, kLongLong, kQuad, kLongDouble, kWord };

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }
bool is_flag(char byte) noexcept {
  return byte == '-' || byte == '+' || byte == ' ' || byte == '#' || byte == '0' || byte == '\'' ||
         byte == 'I';
}

Length read_length(const char*& at) noexcept {
  switch (*at) {
    case 'h':
      if (*++at != 'h') return Length::kShort;
      ++at;
      return Length::kChar;
    case 'l':
      if (*++at != 'l') return Length::kLong;
      ++at;
      return Length::kLongLong;
    case 'L':
      ++at;
      return Length::kLongDouble;
    case 'q':
      ++at;
      return Length::kQuad;
    case 'j':
    case 'z':
    case 'Z':
    case 't':
      ++at;
      return Length::kWord;
    default:
      return Length::kNone;
  }
}

std::size_t bytes_of(Length length) noexcept {
  switch (length) {
    case Length::kChar:
      return sizeof(char);
    case Length::kShort:
      return sizeof(short);
    case Length::kNone:
      return sizeof(int);
    case Length::kLong:
    case Length::kLongLong:
    case Length::kQuad:
    case Length::kLongDouble:
    case Length::kWord:
      break;
  }
  return sizeof(long);
}

}  // namespace

struct PrintfArguments::Conversion {
  std::size_t width = 0;
  std::size_t precision = kUnlimited;  // none
  Length length = Length::kNone;
  char letter = '\0';

  [[nodiscard]] bool has_precision() const noexcept { return precision != kUnlimited; }
};

PrintfArguments::PrintfArguments(const char* format, va_list arguments) noexcept : at_(format) {
  va_copy(arguments_, arguments);
}

PrintfArguments::~PrintfArguments() { va_end(arguments_); }

void PrintfArguments::lengthen(std::size_t bytes) noexcept {
  longest_ = longest_ > kUnlimited - bytes ? kUnlimited : longest_ + bytes;
}

std::optional<PrintfArgument> PrintfArguments::give_up() noexcept {
  longest_ = kUnlimited;
  at_ = "";
  return std::nullopt;
}

std::optional<PrintfArgument> PrintfArguments::next() noexcept {
  for (;;) {
    const char* const plain = at_;
    while (*at_ != '%' && *at_ != '\0') ++at_;
    lengthen(static_cast<std::size_t>(at_ - plain));
    if (*at_ == '\0') return std::nullopt;
    ++at_;
    Conversion conversion;
    if (!read_conversion(conversion)) return give_up();
    lengthen(conversion.width);
    if (const auto argument = pointer_of(conversion)) return argument;
    if (!skip_argument(conversion)) return give_up();
  }
}

void PrintfArguments::read_flags() noexcept {
  for (; is_flag(*at_); ++at_) {
    // Grouping: separators of the locale, and other digits.
    if (*at_ == '\'' || *at_ == 'I') longest_ = kUnlimited;
  }
}

// False for a number that no format has. The position of an argument leaves a '$', which is no conversion's
// letter.
bool PrintfArguments::read_number(std::size_t& number) noexcept {
  constexpr std::size_t kMost = 1U << 30;
  number = 0;
  for (; is_digit(*at_); ++at_) {
    number = number * 10 + static_cast<std::size_t>(*at_ - '0');
    if (number > kMost) return false;
  }
  return true;
}

bool PrintfArguments::read_conversion(Conversion& conversion) noexcept {
  read_flags();
  if (*at_ == '*') {
    ++at_;
    if (is_digit(*at_)) return false;
    const long width = va_arg(arguments_, int);
    conversion.width = static_cast<std::size_t>(width < 0 ? -width : width);
  } else if (!read_number(conversion.width)) {
    return false;
  }
  if (*at_ == '.') {
    ++at_;
    if (*at_ == '*') {
      ++at_;
      if (is_digit(*at_)) return false;
      const int precision = va_arg(arguments_, int);
      conversion.precision = precision < 0 ? kUnlimited : static_cast<std::size_t>(precision);
    } else if (*at_ == '-' || !read_number(conversion.precision)) {
      return false;
    }
  }
  conversion.length = read_length(at_);
  conversion.letter = *at_;
  if (conversion.letter != '\0') ++at_;
  return true;
}

// Takes the argument of a conversion that has a pointer to memory.
std::optional<PrintfArgument> PrintfArguments::pointer_of(const Conversion& conversion) noexcept {
  const bool wide = conversion.letter == 'S' || conversion.length == Length::kLong;
  const bool plain = conversion.length == Length::kNone || conversion.length == Length::kLong;
  if (conversion.letter == 'n') {
    return PrintfArgument{PrintfArgument::Use::kCount, va_arg(arguments_, void*),
                          bytes_of(conversion.length)};
  }
  if ((conversion.letter != 's' && conversion.letter != 'S') || !plain) return std::nullopt;
  if (!wide) {
    return PrintfArgument{PrintfArgument::Use::kText, va_arg(arguments_, const void*), conversion.precision};
  }
  // How many bytes it becomes depends on the locale.
  longest_ = kUnlimited;
  if (conversion.has_precision()) return std::nullopt;
  return PrintfArgument{PrintfArgument::Use::kWideText, va_arg(arguments_, const void*), kUnlimited};
}

void PrintfArguments::take_integer(const Conversion& conversion) noexcept {
  if (bytes_of(conversion.length) > sizeof(int)) {
    pass_over<long>();
  } else {
    pass_over<int>();
  }
}

// False where it is not certain which type the number has.
bool PrintfArguments::take_number(const Conversion& conversion) noexcept {
  if (conversion.length == Length::kLongDouble) {
    pass_over<long double>();
  } else if (conversion.length == Length::kNone || conversion.length == Length::kLong) {
    pass_over<double>();
  } else {
    return false;
  }
  lengthen(conversion.length == Length::kLongDouble ? kLongDoubleLength : kDoubleLength);
  return true;
}

// Any other conversion. False: not known, or not certain.
bool PrintfArguments::skip_argument(const Conversion& conversion) noexcept {
  const std::size_t precision = conversion.has_precision() ? conversion.precision : 0;
  switch (conversion.letter) {
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
      take_integer(conversion);
      lengthen(kIntegerLength + precision);
      return true;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
      lengthen(precision);
      return take_number(conversion);
    case 'c':
      if (conversion.length != Length::kNone && conversion.length != Length::kLong) return false;
      [[fallthrough]];
    case 'C':
      pass_over<int>();
      lengthen(kCharacterLength);
      return true;
    case 's':
    case 'S':  // wide, with a precision
      if (conversion.letter == 's' && conversion.length != Length::kLong) return false;
      pass_over<const void*>();
      return true;
    case 'p':
      pass_over<const void*>();
      lengthen(kIntegerLength + precision);
      return true;
    case 'm':  // a message in the program's language
      longest_ = kUnlimited;
      return true;
    case '%':
      lengthen(1);
      return true;
    default:
      return false;
  }
}

}  // namespace padlock::core
