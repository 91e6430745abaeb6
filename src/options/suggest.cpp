// Suggestions for misspelt option names.
#include "options/suggest.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "options/table.h"

namespace padlock::options {

std::size_t edit_distance(std::string_view a, std::string_view b) noexcept {
  std::array<std::size_t, kMaxSuggestLength + 1> above{};
  std::array<std::size_t, kMaxSuggestLength + 1> row{};
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substituted});
    }
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string_view nearest_option(std::string_view name) noexcept {
  if (name.size() > kMaxSuggestLength) return "";  // none is near
  // A third of the letters wrong is still a typing error; more is another word.
  std::size_t best = name.size() / 3 + 1;
  std::string_view nearest;
  const auto consider = [&](std::string_view spelling, std::string_view meant) {
    const std::size_t distance = edit_distance(name, spelling);
    if (distance >= best) return;
    best = distance;
    nearest = meant;
  };
  for (const OptionEntry& entry : option_table()) consider(entry.name, entry.name);
  for (const OldName& old : old_names()) consider(old.old_name, old.name);
  return nearest;
}

}  // namespace padlock::options
