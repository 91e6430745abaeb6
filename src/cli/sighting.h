// What a run of a program has shown of a fault, as Padlock in it noted it for the next run. Pure functions of
// text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace padlock::cli {

struct Sighting {
  std::string kind;           // "heap-buffer-overflow"
  int process = 0;            // whose report it is
  bool late = false;          // by its damage; otherwise the report shows the code that did it
  bool read = false;          // a read that trapped
  std::string site;           // of the block's allocation; "0" where that is not known
  std::uint64_t ordinal = 0;  // of the block among those of the site, from 1; 0 where that is not known
  std::uint64_t size = 0;
  std::int64_t offset = 0;

  friend bool operator==(const Sighting&, const Sighting&) = default;
};

/// Of a line of the file that `pinpoint_log` names; nothing where it is none.
std::optional<Sighting> parse_sighting(std::string_view line);

/// The one that shows most: the first that is not late, otherwise the first that names a site, otherwise the
/// first.
std::optional<Sighting> best_sighting(const std::vector<Sighting>& sightings);

/// All, in the order that they were noted.
std::vector<Sighting> parse_sightings(std::string_view lines);

/// The value of `pinpoint_block`. `all`: every block of the site, not only that one.
std::string block_to_watch(const Sighting& sighting, bool all);

}  // namespace padlock::cli
