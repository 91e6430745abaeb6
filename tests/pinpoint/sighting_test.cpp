// What runs of a program leave for the next one.
#include "cli/sighting.h"

#include <gtest/gtest.h>

namespace padlock::cli {
namespace {

constexpr const char* kLate =
    "kind=heap-buffer-overflow process=42 late=1 read=0 site=9f01 ordinal=3 size=24 offset=24";

std::optional<Sighting> best_of(const std::string& lines) { return best_sighting(parse_sightings(lines)); }

TEST(Sighting, HasAllThatTheLineSays) {
  const auto seen = parse_sighting(
      "kind=heap-buffer-underflow process=42 late=1 read=0 site=9f01 ordinal=3 size=24 offset=-8");
  ASSERT_TRUE(seen);
  EXPECT_EQ(*seen, (Sighting{"heap-buffer-underflow", 42, true, false, "9f01", 3, 24, -8}));
}

TEST(Sighting, IsNoneWhereALineIsCutOrSaysSomethingElse) {
  const std::string line = kLate;
  for (std::size_t size = 0; size + 3 < line.size(); ++size)
    EXPECT_FALSE(parse_sighting(line.substr(0, size))) << size;
  EXPECT_FALSE(parse_sighting("kind=a process=42 late=2 read=0 site=9f ordinal=3 size=24 offset=24"));
  EXPECT_FALSE(parse_sighting("kind=a process=42 late=1 read=0 site=9g ordinal=3 size=24 offset=24"));
  EXPECT_FALSE(parse_sighting("kind=a process=42 late=1 read=0 site=9f ordinal=-3 size=24 offset=24"));
}

TEST(Sighting, TheOneThatShowsTheCodeIsTheBest) {
  const std::string unknown = "kind=a process=42 late=1 read=0 site=0 ordinal=0 size=0 offset=0\n";
  const std::string at_once = "kind=b process=42 late=0 read=1 site=0 ordinal=0 size=0 offset=0\n";
  const std::string late = std::string(kLate) + '\n';
  EXPECT_FALSE(best_of(""));
  EXPECT_EQ(best_of(unknown)->kind, "a");
  EXPECT_EQ(best_of(unknown + late)->site, "9f01");
  EXPECT_EQ(best_of(late + unknown)->site, "9f01");
  EXPECT_EQ(best_of(unknown + late + at_once)->kind, "b");
}

TEST(Sighting, BlocksThatWereHitInFrontAreWatchedThere) {
  Sighting seen = *parse_sighting(kLate);
  EXPECT_EQ(block_to_watch(seen, false), "9f01:3:back");
  EXPECT_EQ(block_to_watch(seen, true), "9f01:0:back");
  seen.kind = "heap-buffer-underflow";
  EXPECT_EQ(block_to_watch(seen, false), "9f01:3:front");
  seen.kind = "metadata-corruption";
  EXPECT_EQ(block_to_watch(seen, false), "9f01:3:front");
}

}  // namespace
}  // namespace padlock::cli
