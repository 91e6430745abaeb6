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

}  // namespace
}  // namespace padlock::fuzz
