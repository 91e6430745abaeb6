// Parsing of single values, without locale and errno.
#include "options/value.h"

#include <charconv>

namespace padlock::options {

std::optional<bool> parse_bool(std::string_view text) noexcept {
  if (find_choice("1|true|yes|on", text)) return true;
  if (find_choice("0|false|no|off", text)) return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_int(std::string_view text) noexcept {
  std::int64_t value{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::optional<std::size_t> find_choice(std::string_view choices, std::string_view text) noexcept {
  for (std::size_t index = 0;; ++index) {
    const std::size_t bar = choices.find('|');
    if (choices.substr(0, bar) == text) return index;
    if (bar == std::string_view::npos) return std::nullopt;
    choices.remove_prefix(bar + 1);
  }
}

}  // namespace padlock::options
