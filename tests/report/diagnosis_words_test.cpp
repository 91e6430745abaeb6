// Each finding in its exact words, and its absence where it would mislead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "report/diagnose/diagnose.h"
#include "report/text/text_renderer.h"
#include "report/text/words.h"

#include "said.h"
#include "samples.h"

namespace padlock::report {
namespace {

using core::FaultKind;
using core::Moment;
using core::Origin;
using core::PointerClass;
using said::findings;
using said::overflow;
using said::steps;
using said::suspect;
using samples::about;
using samples::Bytes;
using samples::freed_block;
using samples::live_block;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

template <typename Written>
Report freed_write(std::int64_t offset, const Written& bytes) {
  Report report = about(FaultKind::kUseAfterFreeWrite, freed_block(64), Moment::kEviction);
  samples::damage(report.fault, offset, bytes);
  return report;
}

TEST(DiagnosePointer, IntoAnotherBlockAndIntoTheSame) {
  Report report = overflow(25, 25, Bytes{1, 2, 3});
  report.pointee.value = 0x7f0000005028;
  report.pointee.block = live_block(32);
  report.pointee.block.user = 0x7f0000005020;
  EXPECT_THAT(
      findings(report),
      ElementsAre("The bytes hold 0x7f0000005028, which looks like a pointer to a 32-byte block at "
                  "0x7f0000005020 (offset 8, live, allocation #17): what was written is a link or a member "
                  "that points there."));
  report.pointee.value = samples::kUser;
  report.pointee.block.user = samples::kUser;
  EXPECT_THAT(findings(report),
              ElementsAre(HasSubstr("looks like a pointer into this very block (offset 0, live")));
}

TEST(DiagnosePointer, PrintableBytesOfAPointerAreNoText) {
  Report report = overflow(24, 24, Bytes{'P', '"', '!', '?', 0x12, 0x7f, 0, 0});
  report.pointee.value = 0x7f123f212250;
  report.pointee.block = live_block(32);
  EXPECT_THAT(findings(report), Not(Contains(HasSubstr("text"))));
  report.pointee.value = 0;
  EXPECT_THAT(findings(report), Contains(HasSubstr("begin with the text 'P\"!?'")));
}

TEST(DiagnosePointer, CandidateIsTheAlignedWordAtTheDamage) {
  EXPECT_EQ(pointer_candidate(freed_write(8, Bytes{0x20, 0x50, 0, 0, 0, 0x7f, 0, 0}).fault), 0x7f0000005020u);
  EXPECT_EQ(pointer_candidate(freed_write(9, Bytes{0x50, 0, 0, 0, 0x7f, 0, 0}).fault), 0x7f00000050e6u);
  EXPECT_EQ(pointer_candidate(core::Fault{}), 0u);
}

TEST(DiagnoseFreedWrite, ReferenceCounts) {
  EXPECT_THAT(
      findings(freed_write(16, Bytes{samples::kPoison - 1})),
      ElementsAre("The value at offset 16 was decremented by one: a reference count or a counter, touched "
                  "after the block was freed."));
  EXPECT_THAT(
      findings(freed_write(20, Bytes{samples::kPoison + 1})),
      ElementsAre("The value at offset 20 was incremented by one: a reference count or a counter, touched "
                  "after the block was freed."));
}

TEST(DiagnoseFreedWrite, AFlag) {
  EXPECT_THAT(findings(freed_write(16, Bytes{samples::kPoison ^ 0x40})),
              ElementsAre("A single bit was cleared: a flag, or a byte that differs in no other bit."));
  EXPECT_THAT(findings(freed_write(16, Bytes{samples::kPoison ^ 0x10})),
              ElementsAre("A single bit was set: a flag, or a byte that differs in no other bit."));
}

TEST(DiagnoseFreedWrite, AFieldSetToZero) {
  EXPECT_THAT(
      findings(freed_write(13, Bytes{0})),
      ElementsAre(
          "1 byte was set to zero: a pointer, a counter or a flag cleared after the block was freed."));
  EXPECT_THAT(
      findings(freed_write(16, Bytes{0, 0})),
      ElementsAre("A field of 2 bytes was set to zero: a pointer, a counter or a flag cleared after the "
                  "block was freed."));
}

TEST(DiagnoseFreedWrite, TheWholeBlock) {
  EXPECT_THAT(
      findings(freed_write(0, std::string(64, 'x'))),
      ElementsAre("The whole block was overwritten: it is still in use by somebody, as a buffer or as an "
                  "object.",
                  "All of them are 0x78 ('x'): a memset or a fill loop."));
}

TEST(DiagnoseFreedWrite, FarBehindTheLastBlockThatIsKnown) {
  const auto has_note = Contains(HasSubstr("is no longer known"));
  EXPECT_THAT(findings(freed_write(64 + 32 + 128, Bytes{7})), has_note);
  EXPECT_THAT(findings(freed_write(64 + 32 + 127, Bytes{7})), Not(has_note));
}

TEST(DiagnoseDoubleFree, ThreadsAndStacks) {
  Report report = about(FaultKind::kDoubleFree, freed_block(24));
  EXPECT_THAT(findings(report), ElementsAre("The two frees were made by different threads: both act as the "
                                            "owner."));
  report.freed_by = report.detected_by;
  report.freed = report.detected;
  EXPECT_THAT(
      findings(report),
      ElementsAre("Both frees were made by the same thread.",
                  "Both came by the same call stack: a cleanup that runs twice, or a loop over a list that "
                  "holds the block twice."));
  report.freed.frames[1].pc += 1;
  EXPECT_THAT(findings(report), ElementsAre("Both frees were made by the same thread."));
  report.freed.depth = 1;  // fewer frames were kept: equal as far as they go
  EXPECT_EQ(findings(report).size(), 2u);
  report.freed_by.index = 0;
  samples::forget(report.freed);
  EXPECT_THAT(findings(report), IsEmpty());
}

// To the last frame that is kept.
TEST(DiagnoseDoubleFree, StacksAreComparedFrameByFrame) {
  Report report = about(FaultKind::kDoubleFree, freed_block(24));
  report.freed_by = report.detected_by;
  for (std::size_t i = 0; i < kMaxFrames; ++i)
    report.detected.frames[i].pc = report.freed.frames[i].pc = 0x1000 + i;
  for (const std::size_t depth : {std::size_t{1}, std::size_t{2}, kMaxFrames - 1, kMaxFrames}) {
    report.detected.depth = report.freed.depth = depth;
    EXPECT_THAT(findings(report), Contains(HasSubstr("Both came by the same call stack"))) << depth;
    for (const std::size_t other : {std::size_t{0}, depth / 2, depth - 1}) {
      report.freed.frames[other].pc += 1;
      EXPECT_THAT(findings(report), Not(Contains(HasSubstr("Both came by")))) << depth << ' ' << other;
      report.freed.frames[other].pc -= 1;
    }
  }
}

Report invalid_free(PointerClass pointer_class, std::uintptr_t address) {
  Report report = about(FaultKind::kInvalidFree, core::BlockSnapshot{});
  report.fault.pointer_class = pointer_class;
  report.fault.address = address;
  return report;
}

TEST(DiagnoseInvalidFree, EachPointerClass) {
  EXPECT_THAT(findings(invalid_free(PointerClass::kStack, 0x1000)),
              ElementsAre(HasSubstr("a local variable")));
  EXPECT_THAT(findings(invalid_free(PointerClass::kStartString, 0x1001)),
              ElementsAre(HasSubstr("what getenv() returns")));
  EXPECT_THAT(findings(invalid_free(PointerClass::kStartArray, 0x1008)),
              ElementsAre(HasSubstr("argv, envp or environ")));
  EXPECT_THAT(findings(invalid_free(PointerClass::kThreadLocal, 0x1000)),
              ElementsAre(HasSubstr("each thread has one of")));
  EXPECT_THAT(findings(invalid_free(PointerClass::kStatic, 0x1000)),
              ElementsAre(HasSubstr("a global or static")));
  EXPECT_THAT(findings(invalid_free(PointerClass::kForeign, 0x1000)),
              ElementsAre(HasSubstr("mapped, but by")));
  EXPECT_THAT(findings(invalid_free(PointerClass::kHeapUnused, 0x1000)),
              ElementsAre(HasSubstr("no block has ever")));
  EXPECT_THAT(findings(invalid_free(PointerClass::kUnknown, 0x1000)), IsEmpty());
  EXPECT_THAT(findings(invalid_free(PointerClass::kUnknown, 0x1001)),
              ElementsAre("It is not a multiple of 16, as everything that malloc returns is."));
}

TEST(DiagnoseInvalidFree, WildPointers) {
  EXPECT_THAT(findings(invalid_free(PointerClass::kWild, 24)), ElementsAre(HasSubstr("almost null")));
  EXPECT_THAT(findings(invalid_free(PointerClass::kWild, 0x4847464544434241)),
              ElementsAre("The pointer's own bytes read 'ABCDEFGH': text was written over the pointer."));
  EXPECT_THAT(findings(invalid_free(PointerClass::kWild, 0x123456789)),
              ElementsAre(HasSubstr("Nothing is mapped")));
}

TEST(DiagnoseInvalidFree, InteriorPointers) {
  Report report = about(FaultKind::kInvalidFree, live_block(24));
  report.fault.pointer_class = PointerClass::kInterior;
  report.fault.address = samples::kUser + 8;
  EXPECT_THAT(findings(report),
              ElementsAre(HasSubstr("the allocation returned, 0x7f0000001020, may be released")));
  report.fault.block.origin = Origin::kNewArray;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("the element count"), HasSubstr("may be released")));
  report.fault.address = samples::kUser + 24;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("past the block's data")));
  report.fault.address = samples::kUser - 16;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("It was moved back")));
}

TEST(DiagnoseInvalidFree, SaysWhereAPointerLies) {
  const auto headline_at = [](std::int64_t offset,
                              Report report = about(FaultKind::kInvalidFree, live_block(24))) {
    report.fault.pointer_class = PointerClass::kInterior;
    report.fault.address = samples::kUser + static_cast<std::uintptr_t>(offset);
    char buffer[200];
    TextWriter words(buffer);
    headline(report.fault, words);
    return std::string(words.view());
  };
  EXPECT_EQ(headline_at(23), "free() of a pointer 23 bytes into a 24-byte block");
  EXPECT_EQ(headline_at(24), "free() of a pointer to the end of a 24-byte block");
  EXPECT_EQ(headline_at(25), "free() of a pointer 1 byte past the end of a 24-byte block");
  EXPECT_EQ(headline_at(-16), "free() of a pointer 16 bytes before a 24-byte block");
  EXPECT_EQ(headline_at(26, about(FaultKind::kInvalidFree, freed_block(24))),
            "free() of a pointer 2 bytes past the end of a freed 24-byte block");
  Report lost = about(FaultKind::kInvalidFree, live_block(24));
  lost.fault.block.sealed = false;
  EXPECT_EQ(headline_at(26, lost), "free() of a pointer 26 bytes into a block");
}

TEST(DiagnoseInvalidFree, SaysHowABlockGetsToLibc) {
  Report report = about(FaultKind::kInvalidFree, live_block(32));
  report.fault.pointer_class = core::PointerClass::kOwnBlock;
  report.fault.address = report.fault.block.user;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("of libc's own was called for it")));
}

TEST(DiagnoseInvalidFree, KnowsAnArrayDeleteOfOneObject) {
  Report report = about(FaultKind::kInvalidFree, live_block(32, Origin::kNew));
  report.fault.pointer_class = core::PointerClass::kInterior;
  report.fault.given_origin = Origin::kNewArray;
  report.fault.address = report.fault.block.user - 8;
  EXPECT_THAT(findings(report), Contains(HasSubstr("created by new T and is deleted by delete[]")));
  report.fault.given_origin = Origin::kNew;
  EXPECT_THAT(findings(report), Not(Contains(HasSubstr("delete[]"))));
}

TEST(DiagnoseInvalidFree, NamesTheAllocatorOfAForeignPointer) {
  Report report = about(FaultKind::kInvalidFree, {});
  report.fault.pointer_class = core::PointerClass::kForeign;
  report.fault.address = 0x7f0000001010;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("mapped, but by somebody else")));
  report.other_allocator.whose = OtherAllocator::Whose::kLibc;
  EXPECT_THAT(findings(report),
              ElementsAre(HasSubstr("came from another allocator in this process: libc's malloc.")));
  report.other_allocator.whose = OtherAllocator::Whose::kModule;
  std::strcpy(report.other_allocator.module, "libheap.so");
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("libheap.so, which the block may have come from")));
}

TEST(DiagnoseCorruption, OfATableIsNotThatOfAHeader) {
  Report report = about(FaultKind::kMetadataCorruption, live_block(24), core::Moment::kExit);
  report.fault.table = core::Table::kMarks;
  report.fault.address = report.fault.block.header;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("does not agree with the blocks' own headers")));
}

TEST(DiagnoseCorruption, OfATableIsSaidWhereWhereThatIsKnown) {
  const auto headline_of = [](core::Table table, std::uintptr_t address) {
    Report report = about(FaultKind::kMetadataCorruption, {}, core::Moment::kCheck);
    report.fault.table = table;
    report.fault.address = address;
    char buffer[512];
    TextWriter out(buffer);
    headline(report.fault, out);
    return std::string(out.view());
  };
  for (const core::Table table : {core::Table::kHeap, core::Table::kRegion, core::Table::kMarks,
                                  core::Table::kQuarantine, core::Table::kIdle, core::Table::kCounts,
                                  core::Table::kRecord, core::Table::kUnallocated, core::Table::kSlots}) {
    const std::string nowhere = headline_of(table, 0);
    EXPECT_TRUE(nowhere.ends_with(" was overwritten")) << nowhere;
    EXPECT_EQ(headline_of(table, 0x7f0000002010), nowhere + ", at 0x7f0000002010");
  }
}

TEST(DiagnoseCorruption, ATrapBesideTheTablesHasABlockForAHintAtMost) {
  Report report = about(FaultKind::kMetadataCorruption, {}, core::Moment::kAccess);
  report.fault.table = core::Table::kOwn;
  report.fault.address = 0x7f0000002000;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("in which Padlock keeps its tables")));
  report.fault.block = live_block(24);
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("keeps its tables"), HasSubstr("had at hand")));
}

TEST(DiagnoseMismatch, NamesTheRightFunction) {
  Report report = about(FaultKind::kAllocDeallocMismatch, live_block(24, Origin::kNew));
  EXPECT_THAT(
      findings(report),
      ElementsAre("A block from new is released by delete, never by free(). free() runs no destructor."));
  report = about(FaultKind::kAllocDeallocMismatch, live_block(24, Origin::kAligned));
  report.fault.given_origin = Origin::kNewArray;
  EXPECT_THAT(
      findings(report),
      ElementsAre("A block from an aligned allocation (posix_memalign(), aligned_alloc(), ...) is released "
                  "by free(), never by delete[]."));
  report = about(FaultKind::kAllocDeallocMismatch, live_block(24, Origin::kNewArray), Moment::kRealloc);
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("new[] is released by delete[], never by realloc().")));
}

TEST(DiagnoseMismatch, NamesTheModulesOfBothCallsWhereTheyDiffer) {
  Report report = about(FaultKind::kAllocDeallocMismatch, live_block(24, Origin::kNew));
  std::strcpy(report.allocating_module, "libfoo.so.1");
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("free() runs no destructor.")));
  std::strcpy(report.releasing_module, "prog");
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("free() runs no destructor."),
                                            "It was allocated in libfoo.so.1 and released in prog."));
  std::strcpy(report.allocating_module, "prog");
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("free() runs no destructor.")));
}

TEST(DiagnoseWrongSize, SaysWhichWay) {
  Report report = about(FaultKind::kDeleteSizeMismatch, live_block(32, Origin::kNew));
  report.fault.given_origin = Origin::kNew;
  report.fault.given = 16;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("without a virtual destructor")));
  report.fault.given = 48;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("larger than the object")));
  report.fault.given_origin = Origin::kMalloc;  // free_sized knows of no types
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("The size must be the one that was asked for")));
}

TEST(DiagnoseWrongAlignment, SaysWhichOperator) {
  Report report = about(FaultKind::kDeleteAlignmentMismatch, live_block(32, Origin::kNew));
  report.fault.given_origin = Origin::kNew;
  report.fault.given = 64;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("by the plain operator delete")));
  report.fault.block.alignment = 64;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("operator delete(pointer, align_val_t{64})")));
  report.fault.given_origin = Origin::kMalloc;
  EXPECT_THAT(findings(report),
              ElementsAre(HasSubstr("free_aligned_sized() is for blocks of aligned_alloc()")));
}

TEST(DiagnoseCorruption, ASingleBitIsNoStrayWrite) {
  Report report = about(FaultKind::kMetadataCorruption, live_block(24));
  samples::damage(report.fault, -20, Bytes{0x40});
  core::DamageWindow& window = report.fault.damage.window;
  const std::size_t at = report.fault.damage.address - window.start;
  window.known[at] = true;
  window.expected[at] = 0x44;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("A single bit of the header was flipped")));
  window.expected[at] = 0x45;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("not what Padlock sealed there")));
  window.expected[at] = 0x44;
  report.fault.damage.somewhere = true;
  EXPECT_THAT(findings(report), ElementsAre(HasSubstr("not what Padlock sealed there")));
}

TEST(DiagnoseSize, NegativeLengthOnly) {
  Report report = about(FaultKind::kInvalidSize, core::BlockSnapshot{}, Moment::kAllocate);
  report.fault.given = static_cast<std::uint64_t>(-1);
  EXPECT_THAT(findings(report),
              ElementsAre("As a signed number the size is -1: a negative length turned into a size_t."));
  report.fault.given = std::uint64_t{1} << 62;
  EXPECT_THAT(findings(report), IsEmpty());
}

TEST(Suspect, OverrunBlockIsNamedAgainstItsVictim) {
  Report report = overflow(24, 24, "0123456789abcdefghij");
  report.fault.neighbour = live_block(8);
  report.fault.neighbour.user = samples::kUser + 64;
  report.fault.neighbour.header = samples::kUser + 32;
  EXPECT_THAT(
      suspect(report),
      ElementsAre("block 0x7f0000001020 (24 bytes, allocation #17) overran into block 0x7f0000001060 (8 "
                  "bytes, allocation #17): the header of block 0x7f0000001060 was overwritten. Look for "
                  "writes to block 0x7f0000001020."));
  report.fault.damage.address = samples::kUser + 40;
  EXPECT_THAT(suspect(report), ElementsAre(HasSubstr("only a suspect")));
}

TEST(Suspect, IntactBlockBeforeADamagedHeaderIsOnlyASuspect) {
  Report report = about(FaultKind::kMetadataCorruption, live_block(24), Moment::kExit);
  EXPECT_THAT(suspect(report), IsEmpty());
  report.fault.block.sealed = false;
  report.fault.neighbour = live_block(24);
  report.fault.neighbour.user -= 64;
  EXPECT_THAT(
      suspect(report),
      ElementsAre(
          "the header of block 0x7f0000001020 was overwritten. Before it lies block 0x7f0000000fe0 (24 "
          "bytes, allocation #17), which looks intact, its padding too: only a suspect, for a write "
          "that jumped over its padding."));
}

TEST(Advice, NarrowsDownLateFoundWritesOnly) {
  EXPECT_THAT(steps(overflow(24, 24, Bytes{0})), ElementsAre(HasSubstr("check_interval=1")));
  Report trapped = about(FaultKind::kHeapBufferOverflow, live_block(24), Moment::kAccess);
  EXPECT_THAT(steps(trapped), ElementsAre(HasSubstr("Start at the first stack")));
}

TEST(Advice, FitsTheMomentAndTheKind) {
  Report report = overflow(24, 24, Bytes{0});
  report.fault.moment = Moment::kExit;
  EXPECT_THAT(steps(report), Contains(HasSubstr("halt_on_error=0")));
  EXPECT_THAT(steps(freed_write(0, Bytes{0})),
              Contains("Look for who kept a pointer to the block beyond its free."));
  EXPECT_THAT(steps(about(FaultKind::kAllocDeallocMismatch, live_block(24))),
              ElementsAre(HasSubstr("alloc_dealloc_mismatch=0")));
}

TEST(Advice, AsksForStacksAndLinesWhereTheyAreMissing) {
  Report report = overflow(24, 24, Bytes{0});
  EXPECT_THAT(steps(report), Not(Contains(HasSubstr("-g"))));
  for (std::size_t i = 0; i < 2; ++i) report.detected.frames[i].line = report.allocated.frames[i].line = 0;
  EXPECT_THAT(steps(report), Contains(HasSubstr("Build with -g")));
  samples::forget(report.allocated);
  EXPECT_THAT(steps(report), Contains(HasSubstr("malloc_context_size=16")));
}

}  // namespace
}  // namespace padlock::report
