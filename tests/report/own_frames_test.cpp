// Padlock's own frames, recognized by address or by name.
#include "report/own_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace padlock::report {
namespace {

using testing::ElementsAre;

Frame frame(std::uintptr_t pc, const char* function, const char* file) {
  Frame made;
  made.pc = pc;
  made.function = function;
  made.file = file;
  made.line = 7;
  return made;
}

Frame inlined(std::uintptr_t pc, const char* function, const char* file) {
  Frame made = frame(pc, function, file);
  made.inlined = true;
  return made;
}

Stack stack_of(const std::vector<Frame>& frames) {
  Stack stack;
  for (const Frame& each : frames) stack.frames[stack.depth++] = each;
  return stack;
}

std::vector<std::string> lines(const Stack& stack) {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < stack.depth; ++i) {
    made.push_back(std::string(stack.frames[i].function) + "@" + stack.frames[i].file);
  }
  return made;
}

const std::vector<Frame> kInterrupted = {
    frame(0x1010, "on_alarm", "/a.c"),
    frame(0x9010, "", "/sigaction.c"),
    frame(0x5010, "unsigned long padlock::trace::walk<padlock::Memo>(int)", "/p/src/trace/unwinder.cpp"),
    frame(0x5020, "padlock::runtime::(anonymous namespace)::take(int)", "/p/src/runtime/calls/allocator.cpp"),
    frame(0x5030, "malloc", "/p/src/preload/malloc.cpp"),
    frame(0x1020, "main", "/a.c"),
};

TEST(OwnFrames, OfTheSharedLibraryAreToldByAddress) {
  Stack stack = stack_of(kInterrupted);
  drop_own_frames(stack, {0x5000, 0x6000});
  EXPECT_THAT(lines(stack), ElementsAre("on_alarm@/a.c", "@/sigaction.c", "malloc@", "main@/a.c"));
  EXPECT_EQ(stack.frames[2].pc, 0x5030u);
  EXPECT_EQ(stack.frames[2].line, 0u);
  for (std::size_t i = 0; i < stack.depth; ++i) EXPECT_EQ(stack.frames[i].own_entry, i == 2) << i;
}

TEST(OwnFrames, TheOutermostOfARunIsTheEntry) {
  std::vector<Frame> frames = kInterrupted;
  frames.insert(frames.begin() + 2, frame(0x5005, "_Unwind_Find_FDE", ""));
  Stack stack = stack_of(frames);
  drop_own_frames(stack, {0x5000, 0x6000});
  EXPECT_THAT(lines(stack), ElementsAre("on_alarm@/a.c", "@/sigaction.c", "malloc@", "main@/a.c"));
}

TEST(OwnFrames, WhatTheyCallOfTheKernelsGoesWithThem) {
  Frame clock = frame(0x7010, "clock_gettime", "");
  clock.module = "[vdso]";
  std::vector<Frame> frames = kInterrupted;
  frames.insert(frames.begin() + 2, clock);
  Stack stack = stack_of(frames);
  drop_own_frames(stack, {0x5000, 0x6000});
  EXPECT_THAT(lines(stack), ElementsAre("on_alarm@/a.c", "@/sigaction.c", "malloc@", "main@/a.c"));
  stack = stack_of({clock, frames.back()});
  drop_own_frames(stack, {0x5000, 0x6000});
  EXPECT_THAT(lines(stack), ElementsAre("clock_gettime@", "main@/a.c"));
}

TEST(OwnFrames, OfTheProgramAreToldByName) {
  Stack stack = stack_of(kInterrupted);
  drop_own_frames(stack, {});
  EXPECT_THAT(lines(stack), ElementsAre("on_alarm@/a.c", "@/sigaction.c", "malloc@", "main@/a.c"));
}

// Without symbols the library's frames go altogether.
TEST(OwnFrames, WhatWasInlinedIntoThemGoesWithThem) {
  const std::vector<Frame> frames = {
      inlined(0x5010, "std::atomic<int>::load()", "/atomic"),
      frame(0x5010, "padlock::runtime::take(int)", "/p/src/runtime/calls/allocator.cpp"),
      inlined(0x5020, "std::move", "/move.h"),
      frame(0x5020, "malloc", "/p/src/preload/malloc.cpp"),
      inlined(0x1020, "helper", "/a.c"),
      frame(0x1020, "main", "/a.c"),
  };
  for (const AddressRange own : {AddressRange{0x5000, 0x6000}, AddressRange{}}) {
    Stack stack = stack_of(frames);
    drop_own_frames(stack, own);
    EXPECT_THAT(lines(stack), ElementsAre("malloc@", "helper@/a.c", "main@/a.c"));
  }
}

TEST(OwnFrames, OfItsHeadersThatWereInlinedIntoTheProgramAreDropped) {
  const std::vector<Frame> frames = {
      inlined(0x1010, "padlock::Heap::allocate(unsigned long)", "/include/padlock/heap.h"),
      inlined(0x1010, "make", "/a.c"),
      frame(0x1010, "main", "/a.c"),
  };
  for (const AddressRange own : {AddressRange{0x5000, 0x6000}, AddressRange{}}) {
    Stack stack = stack_of(frames);
    drop_own_frames(stack, own);
    EXPECT_THAT(lines(stack), ElementsAre("make@/a.c", "main@/a.c"));
  }
}

// A return address is behind its call.
TEST(OwnFrames, ACallAtTheEndOfTheCodeIsOneOfItsOwn) {
  for (const auto& [pc, is_own] :
       {std::pair{0x4fff, false}, std::pair{0x5000, false}, std::pair{0x5001, true}, std::pair{0x6000, true},
        std::pair{0x6001, false}}) {
    Stack stack =
        stack_of({frame(static_cast<std::uintptr_t>(pc), "", "/b.c"), frame(0x1020, "main", "/a.c")});
    drop_own_frames(stack, {0x5000, 0x6000});
    EXPECT_EQ(stack.depth, is_own ? 1u : 2u) << pc;
  }
}

// As of a stack that was cut there.
TEST(OwnFrames, AnInlinedFrameMayBeTheLast) {
  Stack stack = stack_of({frame(0x5010, "", "/b.c"), frame(0x1020, "main", "/a.c"),
                          inlined(0x1030, "f", "/a.c"), inlined(0x1030, "g", "/a.c")});
  drop_own_frames(stack, {0x5000, 0x6000});
  EXPECT_THAT(lines(stack), ElementsAre("main@/a.c", "f@/a.c", "g@/a.c"));
}

TEST(OwnFrames, WithoutNamesNoEntryStays) {
  Stack stack =
      stack_of({frame(0x1010, "", ""), frame(0x5010, "", ""), frame(0x6000, "", ""), frame(0x6001, "", "")});
  drop_own_frames(stack, {0x5000, 0x6000});
  ASSERT_EQ(stack.depth, 2u);
  EXPECT_EQ(stack.frames[0].pc, 0x1010u);
  EXPECT_EQ(stack.frames[1].pc, 0x6001u);
}

TEST(OwnFrames, AStackOfNothingElseStays) {
  Stack stack = stack_of({kInterrupted[2], kInterrupted[4]});
  drop_own_frames(stack, {0x5000, 0x6000});
  EXPECT_EQ(stack.depth, 2u);
  Stack none;
  drop_own_frames(none, {});
  EXPECT_EQ(none.depth, 0u);
}

TEST(OwnFrames, NamesThatOnlyMentionPadlockAreTheProgramsOwn) {
  EXPECT_TRUE(is_own_function("padlock::core::Heap::allocate(int)"));
  EXPECT_TRUE(is_own_function("void padlock::f<std::vector<int> >(int)"));
  EXPECT_TRUE(is_own_function("std::vector<int> padlock::f(int)"));
  EXPECT_TRUE(is_own_function("a<b<int>, c<int> > padlock::f<int>(int)"));
  EXPECT_FALSE(is_own_function("a<b<c>, d padlock::X>::f(int)"));
  EXPECT_FALSE(is_own_function("std::vector<padlock::X>::push_back(padlock::X)"));
  EXPECT_FALSE(is_own_function("std::unique_ptr<A, padlock::D>::~unique_ptr()"));
  EXPECT_FALSE(is_own_function("(anonymous namespace)::use(padlock::Heap&)"));
  EXPECT_FALSE(is_own_function("mypadlock::f()"));
  EXPECT_FALSE(is_own_function("main"));
  EXPECT_FALSE(is_own_function(""));
}

}  // namespace
}  // namespace padlock::report
