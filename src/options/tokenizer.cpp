// The grammar of an option string: parts between separators, a value may be quoted.
#include "options/tokenizer.h"

#include <algorithm>

namespace padlock::options {
namespace {

constexpr std::string_view kSeparators = ": ,\n\t\r";

bool is_quote(char character) { return character == '\'' || character == '"'; }

// How far a quoted value that begins at `open` reaches, its closing quote included; npos if it has none.
std::size_t quoted_end(std::string_view text, std::size_t open) {
  const std::size_t close = text.find(text[open], open + 1);
  return close == std::string_view::npos ? close : close + 1;
}

void take(std::string_view& text, std::size_t count, Token& token) {
  token.part = text.substr(0, count);
  text.remove_prefix(token.part.size());
}

void take_quoted(std::string_view& text, std::size_t open, Token& token) {
  const std::size_t end = quoted_end(text, open);
  if (end == std::string_view::npos) {
    token.error = TokenError::kUnclosedQuote;
    take(text, text.size(), token);
    return;
  }
  token.value = text.substr(open + 1, end - open - 2);
  const std::size_t stop = std::min(text.find_first_of(kSeparators, end), text.size());
  if (stop != end) token.error = TokenError::kTextAfterQuote;
  take(text, stop, token);
}

}  // namespace

std::optional<Token> next_token(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(kSeparators), text.size()));
  if (text.empty()) return std::nullopt;
  Token token;
  const std::size_t stop = std::min(text.find_first_of(kSeparators), text.size());
  const std::size_t equals = text.find('=');
  if (equals >= stop) {
    token.error = TokenError::kMissingEquals;
    take(text, stop, token);
    return token;
  }
  token.key = text.substr(0, equals);
  const std::size_t value = equals + 1;
  if (value < text.size() && is_quote(text[value])) {
    take_quoted(text, value, token);
  } else {
    token.value = text.substr(value, stop - value);
    take(text, stop, token);
  }
  if (token.key.empty() && token.error == TokenError::kNone) token.error = TokenError::kMissingName;
  return token;
}

}  // namespace padlock::options
