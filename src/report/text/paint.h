// Text with or without colours.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "report/style.h"

namespace padlock::report {

enum class Ink : std::uint8_t { kPlain, kHeading, kDamage, kExpected };

/// A writer with ink. Borrows the writer.
class Painter {
 public:
  Painter(TextWriter& text, Style style) noexcept : text_(text), style_(style) {}

  [[nodiscard]] TextWriter& text() noexcept { return text_; }

  void ink(Ink ink) noexcept {
    if (style_.color) text_.append(sequence(ink));
  }
  void heading(std::string_view words) noexcept {
    ink(Ink::kHeading);
    text_.append(words);
    ink(Ink::kPlain);
  }

 private:
  static std::string_view sequence(Ink ink) noexcept {
    switch (ink) {
      case Ink::kHeading:
        return "\033[1m";
      case Ink::kDamage:
        return "\033[1;31m";
      case Ink::kExpected:
        return "\033[32m";
      case Ink::kPlain:
        break;
    }
    return "\033[0m";
  }

  TextWriter& text_;
  Style style_;
};

}  // namespace padlock::report
