// "kind=... process=4242 late=1 read=0 site=9f.. ordinal=3 size=24 offset=24"
#include "cli/sighting.h"

#include <fmt/format.h>

#include <charconv>

namespace padlock::cli {
namespace {

// Cuts "NAME=VALUE" off, and returns the value.
std::optional<std::string_view> take(std::string_view& line, std::string_view name) {
  if (!line.starts_with(name) || line.substr(name.size(), 1) != "=") return std::nullopt;
  line.remove_prefix(name.size() + 1);
  const std::string_view value = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), value.size() + 1));
  return value;
}

template <typename Number>
bool take_number(std::string_view& line, std::string_view name, Number& number) {
  const std::optional<std::string_view> value = take(line, name);
  if (!value) return false;
  const char* const end = value->data() + value->size();
  const auto [stop, error] = std::from_chars(value->data(), end, number);
  return error == std::errc() && stop == end;
}

bool is_hexadecimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::optional<Sighting> parse_sighting(std::string_view line) {
  Sighting sighting;
  unsigned late = 0;
  unsigned read = 0;
  const std::optional<std::string_view> kind = take(line, "kind");
  if (!kind || kind->empty() || !take_number(line, "process", sighting.process)) return std::nullopt;
  if (!take_number(line, "late", late) || late > 1) return std::nullopt;
  if (!take_number(line, "read", read) || read > 1) return std::nullopt;
  const std::optional<std::string_view> site = take(line, "site");
  if (!site || !is_hexadecimal(*site) || !take_number(line, "ordinal", sighting.ordinal)) return std::nullopt;
  if (!take_number(line, "size", sighting.size) || !take_number(line, "offset", sighting.offset))
    return std::nullopt;
  sighting.kind = *kind;
  sighting.late = late == 1;
  sighting.read = read == 1;
  sighting.site = *site;
  return sighting;
}

std::vector<Sighting> parse_sightings(std::string_view lines) {
  std::vector<Sighting> sightings;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    if (const std::optional<Sighting> sighting = parse_sighting(line)) sightings.push_back(*sighting);
  }
  return sightings;
}

std::optional<Sighting> best_sighting(const std::vector<Sighting>& sightings) {
  const auto worth = [](const Sighting& sighting) {
    return !sighting.late ? 2 : sighting.site != "0" ? 1 : 0;
  };
  std::optional<Sighting> best;
  for (const Sighting& sighting : sightings) {
    if (!best || worth(sighting) > worth(*best)) best = sighting;
  }
  return best;
}

std::string block_to_watch(const Sighting& sighting, bool all) {
  const bool before = sighting.kind == "heap-buffer-underflow" || sighting.kind == "metadata-corruption";
  return fmt::format("{}:{}:{}", sighting.site, all ? 0 : sighting.ordinal, before ? "front" : "back");
}

}  // namespace padlock::cli
