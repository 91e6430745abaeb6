// One option's value from text: strict, whole tokens only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace padlock::options {

/// 0/1, false/true, no/yes, off/on, in lower case; nothing else.
std::optional<bool> parse_bool(std::string_view text) noexcept;

/// Decimal digits, with '-' in front of a negative one; nothing before, between or behind. Absent also where
/// the number does not fit in 64 bits.
std::optional<std::int64_t> parse_int(std::string_view text) noexcept;

/// Which word of "a|b|c" `text` is, counted from 0; none if it is none of them.
std::optional<std::size_t> find_choice(std::string_view choices, std::string_view text) noexcept;

}  // namespace padlock::options
