// "Did you mean ...?": the nearest known name to a misspelt one.
#pragma once

#include <cstddef>
#include <string_view>

namespace padlock::options {

inline constexpr std::size_t kMaxSuggestLength = 37;  // half as long again as the longest option's

/// Levenshtein's edit distance (insert, delete, substitute, each 1), by the two-row dynamic program of
/// Wagner and Fischer (1974). Both texts at most kMaxSuggestLength long.
std::size_t edit_distance(std::string_view a, std::string_view b) noexcept;

/// The current name of the option whose name or old name is nearest to `name`; "" if none is near enough to
/// be meant.
std::string_view nearest_option(std::string_view name) noexcept;

}  // namespace padlock::options
