// Words and summaries that the golden texts do not show.
#include "report/text/words.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "report/fault_parts.h"
#include "samples.h"

namespace padlock::report {
namespace {

template <typename Write>
std::string text_of(Write write) {
  char buffer[1024];
  TextWriter out(buffer);
  write(out);
  return std::string(out.view());
}

std::string summary(const core::Fault& fault) {
  return text_of([&fault](TextWriter& out) { headline(fault, out); });
}

std::string block_name(std::uint64_t requested) {
  return text_of([requested](TextWriter& out) { block_words(out, samples::live_block(requested)); });
}

TEST(Words, BlocksHaveTheRightArticle) {
  const std::pair<std::uint64_t, const char*> expected[] = {
      {0, "a 0-byte block"},          {1, "a 1-byte block"},          {8, "an 8-byte block"},
      {11, "an 11-byte block"},       {18, "an 18-byte block"},       {24, "a 24-byte block"},
      {80, "an 80-byte block"},       {110, "a 110-byte block"},      {180, "a 180-byte block"},
      {1100, "a 1100-byte block"},    {8192, "an 8192-byte block"},   {11000, "an 11000-byte block"},
      {18000, "an 18000-byte block"}, {118000, "a 118000-byte block"}};
  for (const auto& [requested, words] : expected) EXPECT_EQ(block_name(requested), words);
}

TEST(Words, ATextWithoutItsNulEndsWithItsArray) {
  struct {
    char text[4] = {'a', 'b', 'c', 'd'};
    char behind[4] = {'e', 'f', 'g', '\0'};
  } both;
  EXPECT_EQ(bounded(both.text), "abcd");
  EXPECT_EQ(bounded(both.behind), "efg");
  both.text[0] = '\0';
  EXPECT_EQ(bounded(both.text), "");
}

TEST(Words, UntrustedSizeIsNotNamed) {
  core::BlockSnapshot block = samples::live_block(8);
  block.sealed = false;
  EXPECT_EQ(text_of([&](TextWriter& out) { block_words(out, block); }), "a block");
  EXPECT_EQ(text_of([&](TextWriter& out) { block_words(out, block, "freed"); }), "a freed block");
}

TEST(Words, BytesAreCounted) {
  EXPECT_EQ(text_of([](TextWriter& out) { bytes_words(out, 1); }), "1 byte");
  EXPECT_EQ(text_of([](TextWriter& out) { bytes_words(out, 0); }), "0 bytes");
}

TEST(Words, OneOfAThingIsNotMany) {
  core::Fault fault;
  fault.kind = core::FaultKind::kDeleteSizeMismatch;
  fault.moment = core::Moment::kFree;
  fault.given_origin = core::Origin::kNew;
  fault.block = samples::live_block(8);
  fault.given = 1;
  EXPECT_EQ(summary(fault), "delete of 1 byte for an 8-byte block");
  fault.given = 2;
  EXPECT_EQ(summary(fault), "delete of 2 bytes for an 8-byte block");
  EXPECT_EQ(text_of([](TextWriter& out) { out.counted(1, "more time"); }), "1 more time");
  EXPECT_EQ(text_of([](TextWriter& out) { out.counted(2, "more time"); }), "2 more times");
}

TEST(Words, OfASCIIMostBytesArePrintable) {
  for (unsigned value = 0; value < 256; ++value) {
    const auto byte = static_cast<std::uint8_t>(value);
    const bool plain = value >= ' ' && value <= '~';
    EXPECT_EQ(is_printable(byte), plain || value == '\n' || value == '\t') << value;
    const std::string quote = text_of([&](TextWriter& out) { quoted(out, Excerpt::of({&byte, 1})); });
    EXPECT_EQ(quote.size() == 3, plain) << value;
    if (plain) {
      EXPECT_EQ(quote, std::string("'") + static_cast<char>(byte) + "'");
    }
  }
}

TEST(Words, QuotesEscapeWhatIsNotPrintable) {
  const std::uint8_t bytes[] = {'a', '\n', '\t', 0, 0x1b, 0xff};
  EXPECT_EQ(text_of([&](TextWriter& out) { quoted(out, Excerpt::of(bytes)); }), "'a\\n\\t\\x00\\x1b\\xff'");
}

TEST(Words, ThreadsAsFarAsKnown) {
  Thread thread;
  const auto words = [&thread] { return text_of([&thread](TextWriter& out) { thread_words(out, thread); }); };
  EXPECT_EQ(words(), "an unknown thread");
  thread.index = 3;
  EXPECT_EQ(words(), "T3");
  thread.system_id = 77;
  EXPECT_EQ(words(), "T3 (tid 77)");
  for (char& character : thread.name) character = 'n';  // no NUL
  EXPECT_EQ(words(), "T3 (tid 77, nnnnnnnnnnnnnnnn)");
  thread.name[1] = '\x1b';
  thread.name[2] = '\0';
  EXPECT_EQ(words(), "T3 (tid 77, n?)");
  thread.of_parent = true;
  EXPECT_EQ(words(), "T3 (tid 77, n?, of the parent process)");
  thread.of_parent = false;
  thread.index = 0;
  EXPECT_EQ(words(), "a thread (tid 77, n?)");
}

TEST(Summary, OverflowWithAGap) {
  core::Fault fault = samples::about(core::FaultKind::kHeapBufferOverflow, samples::live_block(24)).fault;
  samples::damage(fault, 28, samples::Bytes{1, 2, 3, 4});
  EXPECT_EQ(summary(fault), "4 bytes written 4 bytes past the end of a 24-byte block");
}

TEST(Summary, TrappedUnderflow) {
  core::Fault fault =
      samples::about(core::FaultKind::kHeapBufferUnderflow, samples::live_block(24), core::Moment::kAccess)
          .fault;
  fault.accessed.access = core::Access::kWrite;
  fault.address = samples::kUser - 1;
  EXPECT_EQ(summary(fault), "write before the start of a 24-byte block, at offset -1");
}

TEST(Summary, InvalidFreeOfEachClassAndCall) {
  core::Fault fault;
  fault.kind = core::FaultKind::kInvalidFree;
  fault.moment = core::Moment::kFree;
  fault.pointer_class = core::PointerClass::kWild;
  EXPECT_EQ(summary(fault), "free() of a pointer to unmapped memory");
  fault.given_origin = core::Origin::kNewArray;
  fault.pointer_class = core::PointerClass::kForeign;
  EXPECT_EQ(summary(fault), "delete[] of a pointer to memory that Padlock did not hand out");
  fault.moment = core::Moment::kRealloc;
  fault.pointer_class = core::PointerClass::kHeapUnused;
  EXPECT_EQ(summary(fault), "realloc() of a pointer to heap memory that was never handed out");
  fault.moment = core::Moment::kUsableSize;
  fault.pointer_class = core::PointerClass::kUnknown;
  EXPECT_EQ(summary(fault), "malloc_usable_size() of a pointer that does not belong to the heap");
  fault.pointer_class = core::PointerClass::kInterior;
  fault.block = samples::freed_block(24);
  fault.address = samples::kUser - 8;
  EXPECT_EQ(summary(fault), "malloc_usable_size() of a pointer 8 bytes before a freed 24-byte block");
}

TEST(Summary, SizesAndAlignments) {
  core::Fault fault;
  fault.kind = core::FaultKind::kInvalidSize;
  fault.moment = core::Moment::kAllocate;
  EXPECT_EQ(summary(fault), "calloc() or reallocarray() with a count and a size whose product overflows");
  fault.kind = core::FaultKind::kInvalidAlignment;
  fault.given = 4;
  fault.given_origin = core::Origin::kAligned;
  EXPECT_EQ(summary(fault), "an aligned allocation to a multiple of 4: less than a pointer's own");
  fault.given = 0;
  EXPECT_EQ(summary(fault), "an aligned allocation to a multiple of 0: not a power of two");
  fault.kind = core::FaultKind::kDeleteAlignmentMismatch;
  fault.moment = core::Moment::kFree;
  fault.block = samples::live_block(64);
  fault.given = 32;
  fault.given_origin = core::Origin::kNew;
  EXPECT_EQ(summary(fault), "delete for alignment 32 of a 64-byte block allocated without one");
}

}  // namespace
}  // namespace padlock::report
