// Scripts of the runtime harness that once failed, or that show what one looks like: `./dev fuzz repro FILE`
// prints them to be pasted here.
#include <gtest/gtest.h>

#include <vector>

#include "threads/conductor.h"

namespace padlock::fuzz {
namespace {

void play(std::vector<Step> script) {
  static Crew crew;
  Conductor(crew, std::move(script)).play();
}

TEST(Scripts, ABlockGoesFromThreadToThread) {
  play({
      {.action = Action::kAllocate, .thread = 0, .place = 1, .size = 100, .extra = 0},
      {.action = Action::kReallocate, .thread = 1, .place = 1, .size = 500, .extra = 7},
      {.action = Action::kOverflow, .thread = 2, .place = 1, .size = 2, .extra = 9},
      {.action = Action::kCheck, .thread = 3, .place = 0, .size = 0, .extra = 0},
      {.action = Action::kFree, .thread = 3, .place = 1, .size = 0, .extra = 0},
      {.action = Action::kDoubleFree, .thread = 0, .place = 0, .size = 0, .extra = 0},
  });
}

// Reports read the registry of threads while a thread ended.
TEST(Scripts, AReportWhileAThreadEnds) {
  play({
      {.action = Action::kAllocate, .thread = 1, .place = 2, .size = 24, .extra = 0},
      {.action = Action::kEndThread, .thread = 1, .place = 0, .size = 0, .extra = 0},
      {.action = Action::kOverflow, .thread = 2, .place = 2, .size = 0, .extra = 1},
      {.action = Action::kFree, .thread = 2, .place = 2, .size = 0, .extra = 0},
  });
}

constexpr std::uint8_t kPerSite = 1;  // what `extra` of guards means
constexpr std::uint8_t kAll = 2;
constexpr std::uint8_t kAllWithinLittle = 3;
constexpr std::uint8_t kExact = 4;

// memalign() of 1, 2, 4 or 8 bytes gave guarded blocks no better alignment.
TEST(Scripts, AGuardedBlockOfASmallAlignmentIsAlignedAsAnyOther) {
  play({
      {.action = Action::kGuards, .thread = 0, .place = 0, .size = 0, .extra = kAll},
      {.action = Action::kAllocateAligned, .thread = 0, .place = 1, .size = 19, .extra = 0},
      {.action = Action::kAllocatePosix, .thread = 1, .place = 2, .size = 21, .extra = 3},
  });
}

TEST(Scripts, WritesIntoTheSlackOfGuardedBlocks) {
  play({
      {.action = Action::kGuards, .thread = 0, .place = 0, .size = 0, .extra = kAll},
      {.action = Action::kAllocate, .thread = 1, .place = 1, .size = 100, .extra = 0},
      {.action = Action::kAllocate, .thread = 3, .place = 2, .size = 100, .extra = 0},
      {.action = Action::kOverflow, .thread = 0, .place = 1, .size = 2, .extra = 9},
      {.action = Action::kUsableSize, .thread = 1, .place = 1, .size = 0, .extra = 0},
      {.action = Action::kCheck, .thread = 2, .place = 0, .size = 0, .extra = 0},
      {.action = Action::kUnderflow, .thread = 0, .place = 2, .size = 1000, .extra = 9},
      {.action = Action::kOverflow, .thread = 0, .place = 2, .size = 1000, .extra = 9},
      {.action = Action::kReallocate, .thread = 1, .place = 1, .size = 5, .extra = 0},
      {.action = Action::kUnderflow, .thread = 0, .place = 1, .size = 55, .extra = 8},
      {.action = Action::kReallocate, .thread = 1, .place = 2, .size = 500, .extra = 0},
      {.action = Action::kMismatchedFree, .thread = 1, .place = 2, .size = 0, .extra = 0},
      {.action = Action::kDoubleFree, .thread = 1, .place = 1, .size = 0, .extra = 0},
      {.action = Action::kResizeFreed, .thread = 0, .place = 3, .size = 0, .extra = 0},
      {.action = Action::kWriteAfterFree, .thread = 0, .place = 3, .size = 77, .extra = 0},
      {.action = Action::kProbe, .thread = 0, .place = 9, .size = 4000, .extra = 0},
      {.action = Action::kProbe, .thread = 0, .place = 1, .size = 4000, .extra = 2},
  });
}

TEST(Scripts, FreedGuardedBlocksStayClosedWhileOthersAreFreed) {
  std::vector<Step> script = {{.action = Action::kGuards, .extra = kAll}};
  for (std::uint16_t i = 0; i < 45; ++i) {
    script.push_back({.action = Action::kAllocateZeroed, .thread = 1, .place = 1, .size = i});
    script.push_back({.action = Action::kFree, .thread = 2, .place = 1});
    script.push_back(
        {.action = Action::kDoubleFree, .thread = 2, .place = static_cast<std::uint8_t>(2 * (i % 30) + 1)});
    if (i % 8 == 0) script.push_back({.action = Action::kCheck});
  }
  play(script);
}

TEST(Scripts, TheFirstBlocksOfASiteAreGuarded) {
  for (const std::uint8_t exact : {std::uint8_t{0}, kExact}) {
    play({
        {.action = Action::kGuards,
         .thread = 0,
         .place = 0,
         .size = 0,
         .extra = static_cast<std::uint8_t>(kPerSite | exact)},
        {.action = Action::kAllocate, .thread = 1, .place = 1, .size = 101, .extra = 0},
        {.action = Action::kAllocate, .thread = 1, .place = 2, .size = 102, .extra = 0},
        {.action = Action::kAllocate, .thread = 1, .place = 3, .size = 103, .extra = 0},
        {.action = Action::kReallocate, .thread = 3, .place = 3, .size = 301, .extra = 0},
        {.action = Action::kReallocate, .thread = 3, .place = 3, .size = 302, .extra = 0},
        {.action = Action::kCheck, .thread = 0, .place = 0, .size = 0, .extra = 0},
    });
  }
}

TEST(Scripts, GuardedBlocksKeepWithinTheirMemory) {
  std::vector<Step> script = {{.action = Action::kGuards, .extra = kAllWithinLittle}};
  for (std::uint8_t i = 0; i < 40; ++i) {
    script.push_back({.action = Action::kAllocatePosix, .thread = 1, .place = i, .size = 300, .extra = 4});
    if (i % 4 == 3)
      script.push_back({.action = Action::kFree, .thread = 0, .place = static_cast<std::uint8_t>(i / 2)});
  }
  play(script);
}

}  // namespace
}  // namespace padlock::fuzz
