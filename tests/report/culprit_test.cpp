// Which frame a report points to, and which reports have the same hash.
#include "report/culprit.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "report/text/summary.h"
#include "report/wrappers.h"
#include "samples.h"

namespace padlock::report {
namespace {

Stack stack_through(std::initializer_list<Frame> frames) {
  Stack stack;
  for (const Frame& frame : frames) stack.frames[stack.depth++] = frame;
  return stack;
}

constexpr Frame kCopy = {.pc = 0x7f0000000010, .module = "/lib/x86_64-linux-gnu/libc.so.6", .offset = 0x10};
constexpr Frame kVector = {.pc = 0x5501,
                           .function = "std::vector<int>::at(unsigned long)",
                           .file = "/usr/include/c++/12/bits/stl_vector.h"};
constexpr Frame kParse = {.pc = 0x5502, .function = "parse", .file = "/src/ini.c", .line = 30};
constexpr Frame kLoad = {.pc = 0x5503, .function = "load", .file = "/src/ini.c", .line = 40};
constexpr Frame kMain = {.pc = 0x5504, .function = "main", .file = "/src/main.c", .line = 50};
constexpr Frame kStart = {.pc = 0x5505, .function = "start", .file = "/src/main.c", .line = 1};

std::string summary(const Stack& stack) {
  char buffer[kSummaryRoom];
  TextWriter out(buffer);
  print_summary("double-free", stack, out);
  EXPECT_FALSE(out.truncated());
  const std::string text(out.view());
  return text.substr(text.find("SUMMARY"));
}

TEST(FrameEquality, EveryMemberCountsAndStringsByWhatTheySay) {
  const std::string file = "/src/ini.c";
  Frame same = kParse;
  same.file = file.c_str();
  same.build_id = nullptr;
  EXPECT_EQ(kParse, same);
  const auto differs = [](auto member, auto value) {
    Frame other = kParse;
    other.*member = value;
    EXPECT_FALSE(kParse == other);
    EXPECT_FALSE(stack_through({kParse, other}) == stack_through({kParse, kParse}));
  };
  differs(&Frame::pc, std::uintptr_t{1});
  differs(&Frame::module, "m.so");
  differs(&Frame::offset, std::uintptr_t{1});
  differs(&Frame::build_id, "00");
  differs(&Frame::function, "parse2");
  differs(&Frame::file, "/src/init.c");
  differs(&Frame::line, 31U);
  for (bool Frame::*flag : {&Frame::own_entry, &Frame::inlined, &Frame::unloaded, &Frame::passes_on})
    differs(flag, true);
}

TEST(Culprit, IsTheFirstFrameOfTheProgramsOwn) {
  EXPECT_EQ(own_frame_of(stack_through({kCopy, kVector, kParse, kMain}))->line, 30u);
  EXPECT_EQ(own_frame_of(stack_through({kCopy, kVector}))->pc, kCopy.pc);
  EXPECT_EQ(own_frame_of({}), nullptr);
}

// Functions of the C++ library's headers that were inlined are no place, unless there is nothing else.
TEST(Place, IsTheFirstFrameThatIsNoInlinedOneOfTheLibrary) {
  Frame inlined = kVector;
  inlined.inlined = true;
  Frame own = kParse;
  own.inlined = true;
  EXPECT_EQ(place_of(stack_through({inlined, inlined, own, kMain})).line, 30u);
  EXPECT_EQ(place_of(stack_through({own, inlined, kMain})).line, 30u);
  EXPECT_EQ(place_of(stack_through({inlined, kVector, kMain})).inlined, false) << "called, not inlined";
  EXPECT_EQ(place_of(stack_through({kVector, kMain})).pc, kVector.pc);
  const Stack nothing_else = stack_through({inlined, inlined});
  EXPECT_EQ(&place_of(nothing_else), &nothing_else.frames[1]);
  Stack cut = stack_through({inlined, kMain});
  cut.depth = 1;
  EXPECT_EQ(&place_of(cut), &cut.frames[0]);
}

std::string culprit_of_stack(Stack stack, std::string_view more = "") {
  mark_wrappers(stack, more);
  return own_frame_of(stack)->function;
}

Frame function(const char* name) { return {.pc = 0x5507, .function = name, .file = "/src/memory.c"}; }

TEST(Culprit, IsTheCallerOfWrappersOfMalloc) {
  for (const char* name : {"xmalloc",
                           "safe_malloc",
                           "g_malloc",
                           "x2nrealloc",
                           "xstrdup",
                           "av_mallocz",
                           "xfree",
                           "xmalloc.part.0",
                           "Pool::xmalloc(unsigned long)",
                           "operator new(unsigned long)",
                           "(anonymous namespace)::xcalloc(unsigned long, std::vector<int>)",
                           "(anonymous namespace)::xfree(void*)",
                           "::xfree(void*)",
                           "<lambda()>::xfree(void*)",
                           "a::(anonymous namespace)::b::(anonymous namespace)::xfree(void*)",
                           "(anonymous namespace)::Of<(anonymous namespace)::T>::xfree(void*)",
                           "xfree(ns::(anonymous namespace)::T*)",
                           "void* mem::xmalloc<Node>(unsigned long)",
                           "ns::operator delete(void*)",
                           "Pool<f(int), 1.5>::xmalloc<int>(unsigned long)",
                           "a<b<c::d>>::xcalloc(unsigned long)",
                           "Of<(anonymous namespace)::T>::xmalloc()",
                           "x::xmalloc<a<b>, c>",
                           "->::xmalloc(int)"}) {
    EXPECT_EQ(culprit_of_stack(stack_through({kCopy, function(name), kParse, kMain})), "parse") << name;
  }
  for (const char* name :
       {"malloc_list", "node_alloc", "list_free", "allocate", "parse(char* (*malloc)(int))", "a<x::xmalloc>",
        "xmalloc::run()", "malloc<int>::next", "(anonymous namespace)::xfree::run()",
        "(anonymous)::xfree(void*)"})
    EXPECT_EQ(culprit_of_stack(stack_through({function(name), kParse})), name);
}

TEST(Culprit, IsTheWrapperWhereNothingElseIsKnown) {
  EXPECT_EQ(culprit_of_stack(stack_through({function("xmalloc")})), "xmalloc");
  EXPECT_EQ(culprit_of_stack(stack_through({function("xmalloc"), kCopy})), "xmalloc");
}

TEST(Culprit, OptionsNameMoreWrappers) {
  const Stack stack = stack_through({function("xmalloc"), function("pool_get"), kParse});
  EXPECT_EQ(culprit_of_stack(stack), "pool_get");
  EXPECT_EQ(culprit_of_stack(stack, "my_*,pool_get"), "parse");
  EXPECT_EQ(culprit_of_stack(stack, ":pool:get"), "pool_get");
  EXPECT_EQ(culprit_of_stack(stack_through({kParse, function("pool_get"), kMain}), "pool_get:main"), "parse");
}

TEST(Culprit, OfAnAccessIsTheWrapperThatMadeIt) {
  Report report = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(24));
  report.detected = stack_through({function("xcalloc"), kParse});
  report.diagnosis.stacks.add(StackRole::kTrapped);
  mark_wrappers(report, "");
  EXPECT_STREQ(own_frame_of(report.detected)->function, "xcalloc");
  report.diagnosis.stacks = {};
  report.diagnosis.stacks.add(StackRole::kFreedAgain);
  mark_wrappers(report, "");
  EXPECT_STREQ(own_frame_of(report.detected)->function, "parse");
}

TEST(StackHash, IsThatOfTheCallersOfWrappers) {
  Stack wrapped = stack_through({function("xmalloc"), kParse, kLoad, kMain});
  mark_wrappers(wrapped, "");
  EXPECT_EQ(stack_hash("leak", wrapped), stack_hash("leak", stack_through({kParse, kLoad, kMain})));
}

TEST(Culprit, OfDamageFoundLateIsWhoHadTheBlock) {
  Report overflow = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(24));
  samples::damage(overflow.fault, 24, samples::Bytes{0});
  EXPECT_EQ(culprit_of(samples::diagnosed(overflow)), StackRole::kAllocated);
  overflow.fault.blame = core::Blame::kNearest;  // nobody's
  EXPECT_EQ(culprit_of(samples::diagnosed(overflow)), StackRole::kFoundDamage);
  overflow.fault.blame = core::Blame::kProven;
  samples::forget(overflow.allocated);
  EXPECT_EQ(culprit_of(samples::diagnosed(overflow)), StackRole::kFoundDamage);
  Report late = samples::about(core::FaultKind::kUseAfterFreeWrite, samples::freed_block(24));
  samples::damage(late.fault, 0, samples::Bytes{0});
  EXPECT_EQ(culprit_of(samples::diagnosed(late)), StackRole::kFreed);
  const Report twice = samples::about(core::FaultKind::kDoubleFree, samples::freed_block(24));
  EXPECT_EQ(culprit_of(samples::diagnosed(twice)), StackRole::kFreedAgain);
}

TEST(Culprit, OfADamagedHeaderIsNeverAnIntactNeighbour) {
  Report report = samples::about(core::FaultKind::kMetadataCorruption, samples::live_block(24));
  report.fault.neighbour = samples::live_block(24);
  report.fault.neighbour.user -= 0x40;
  report.fault.neighbour.header -= 0x40;
  report.neighbour_allocated = stack_through({kLoad, kMain});
  samples::damage(report.fault, -17, samples::Bytes{'A', 'B'});
  report = samples::diagnosed(report);
  ASSERT_EQ(report.diagnosis.suspect.proof, Suspect::Proof::kNearby);
  EXPECT_EQ(culprit_of(report), StackRole::kAllocated);
  samples::forget(report.allocated);
  EXPECT_EQ(culprit_of(samples::diagnosed(report)), StackRole::kFoundDamage);
}

TEST(StackHash, IsThatOfKindAndThreeFunctionsOfTheProgram) {
  const auto hash = [](std::initializer_list<Frame> frames) {
    return stack_hash("double-free", stack_through(frames));
  };
  const std::uint64_t known = hash({kParse, kLoad, kMain});
  EXPECT_EQ(known, 0x1c30d245b0242983u);
  EXPECT_EQ(hash({kCopy, kParse, kVector, kLoad, kMain, kStart}), known);
  EXPECT_NE(hash({kLoad, kParse, kMain}), known);
  const Frame begin = {.pc = 0x5506, .module = "/opt/demo", .offset = 0x6, .function = "_start"};
  EXPECT_EQ(hash({kMain, begin}), hash({kMain}));
  EXPECT_NE(stack_hash("leak", stack_through({kParse, kLoad, kMain})), known);
  Frame moved = kParse;
  moved.pc = 0x7777;
  moved.line = 31;
  moved.file = "/elsewhere/ini.c";
  EXPECT_EQ(hash({moved, kLoad, kMain}), known);
}

TEST(StackHash, WithoutNamesIsThatOfModulesAndOffsets) {
  Frame frame = {.pc = 0x1000, .module = "/opt/demo", .offset = 0x40};
  const std::uint64_t known = stack_hash("leak", stack_through({frame}));
  frame.pc = 0x2000;
  frame.module = "/home/demo";
  EXPECT_EQ(stack_hash("leak", stack_through({frame})), known);
  frame.offset = 0x41;
  EXPECT_NE(stack_hash("leak", stack_through({frame})), known);
}

TEST(Summary, NamesWhatIsKnownOfTheFrame) {
  EXPECT_EQ(summary(stack_through({kCopy, kParse})),
            "SUMMARY: Padlock: double-free /src/ini.c:30 in parse\n");
  EXPECT_EQ(summary(stack_through({kCopy})),
            "SUMMARY: Padlock: double-free (/lib/x86_64-linux-gnu/libc.so.6+0x10)\n");
  EXPECT_EQ(summary({}), "SUMMARY: Padlock: double-free\n");
}

TEST(Summary, FitsItsRoomWhateverTheNames) {
  const std::string name(5000, 'x');
  Frame frame = kParse;
  frame.function = frame.file = name.c_str();
  frame.line = 4294967295;
  EXPECT_EQ(summary(stack_through({frame})), "SUMMARY: Padlock: double-free " + std::string(240, 'x') +
                                                 ":4294967295 in " + std::string(240, 'x') + "\n");
}

}  // namespace
}  // namespace padlock::report
