// Splits an option string into its parts.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace padlock::options {

enum class TokenError : std::uint8_t { kNone, kMissingEquals, kMissingName, kUnclosedQuote, kTextAfterQuote };

/// One part, "key=value". Views into the text that is parsed; quotes are taken off the value.
struct Token {
  std::string_view part;  // as written
  std::string_view key;
  std::string_view value;
  TokenError error = TokenError::kNone;
};

/// Takes the next part off the front of `text`; none when none is left.
std::optional<Token> next_token(std::string_view& text) noexcept;

}  // namespace padlock::options
