// Programs of the harness heap_caches that once failed, or that show what one looks like: `./dev fuzz repro
// FILE` prints them to be pasted here.
#include <gtest/gtest.h>

#include "player/cached.h"

namespace padlock::fuzz {
namespace {

void play(const Program& program) { CachedPlayer(program).play(); }

TEST(CachedPrograms, ABlockGoesFromCacheToCacheAndIsOverrun) {
  play({
      .setup = {1, 1, 4, 0, 0, 0, 6, 0},
      .ops =
          {
              {OpKind::kAllocateMany, 8, 100, 0, 0},
              {OpKind::kSwitchThread, 1, 0, 0, 0},
              {OpKind::kFree, 3, 0, 0, 0},
              {OpKind::kOverflow, 2, 60, 200, 65},
              {OpKind::kCheck, 0, 0, 0, 0},
              {OpKind::kFree, 2, 0, 0, 0},
              {OpKind::kFlush, 0, 0, 0, 0},
              {OpKind::kDrain, 0, 0, 0, 0},
          },
  });
}

}  // namespace
}  // namespace padlock::fuzz
