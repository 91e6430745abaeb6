// Call-frame programs written by hand, each with the one rule that it means.
#include "trace/cfi_interpreter.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "os/memory.h"

namespace padlock::trace {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uintptr_t kFunction = 0x1000;

// Instructions, by their DWARF names.
constexpr std::uint8_t kAdvance1 = 0x41;  // advance_loc by 1
constexpr std::uint8_t kAdvance4 = 0x44;
constexpr std::uint8_t kOffsetRbp = 0x86;
constexpr std::uint8_t kOffsetPc = 0x90;
constexpr std::uint8_t kRestoreRbp = 0xc6;
constexpr std::uint8_t kNop = 0x00;
constexpr std::uint8_t kSetLoc = 0x01;
constexpr std::uint8_t kAdvanceLoc1 = 0x02;
constexpr std::uint8_t kAdvanceLoc2 = 0x03;
constexpr std::uint8_t kAdvanceLoc4 = 0x04;
constexpr std::uint8_t kOffsetExtended = 0x05;
constexpr std::uint8_t kRestoreExtended = 0x06;
constexpr std::uint8_t kUndefined = 0x07;
constexpr std::uint8_t kSameValue = 0x08;
constexpr std::uint8_t kRegister = 0x09;
constexpr std::uint8_t kRemember = 0x0a;
constexpr std::uint8_t kRecall = 0x0b;
constexpr std::uint8_t kDefCfa = 0x0c;
constexpr std::uint8_t kDefCfaRegister = 0x0d;
constexpr std::uint8_t kDefCfaOffset = 0x0e;
constexpr std::uint8_t kDefCfaExpression = 0x0f;
constexpr std::uint8_t kExpression = 0x10;
constexpr std::uint8_t kOffsetExtendedSf = 0x11;
constexpr std::uint8_t kDefCfaSf = 0x12;
constexpr std::uint8_t kDefCfaOffsetSf = 0x13;
constexpr std::uint8_t kValOffset = 0x14;
constexpr std::uint8_t kValExpression = 0x16;
constexpr std::uint8_t kArgsSize = 0x2e;

constexpr std::uint8_t kRbx = 3, kRbp = 6, kRsp = 7, kR10 = 10, kPc = 16;

template <typename Range>
void append(Bytes& bytes, const Range& more) {
  for (const auto byte : more) bytes.push_back(static_cast<std::uint8_t>(byte));
}

// As every x86-64 compiler writes it: version 1, code alignment 1, data alignment -8, return address in
// column 16; CFA = rsp + 8, return address at CFA - 8.
Bytes cie(std::string_view augmentation = "zR", Bytes data = {0x1b}) {
  Bytes bytes{0, 0, 0, 0, 1};
  append(bytes, augmentation);
  append(bytes, Bytes{0, 1, 0x78, 16});
  if (!augmentation.empty()) {
    bytes.push_back(static_cast<std::uint8_t>(data.size()));
    append(bytes, data);
  }
  append(bytes, Bytes{kDefCfa, kRsp, 8, kOffsetPc, 1});
  return bytes;
}

Bytes fde(const Bytes& program) {
  Bytes bytes(12, 0);  // CIE pointer, begin and length, four bytes each
  bytes.push_back(0);  // no augmentation data
  append(bytes, program);
  return bytes;
}

UnwindRule rule_at(std::uintptr_t offset, const Bytes& program, const Bytes& common = cie()) {
  const Bytes own = fde(program);
  return compute_rule({common, own, kFunction}, kFunction + offset);
}

void expect_rule(const UnwindRule& rule, CfaRule cfa, int cfa_offset, FpRule fp, int fp_words) {
  EXPECT_EQ(rule.cfa, cfa);
  EXPECT_EQ(rule.cfa_offset, cfa_offset);
  EXPECT_EQ(rule.fp, fp);
  EXPECT_EQ(rule.fp_words, fp_words);
}

bool is_hard(const Bytes& program, const Bytes& common = cie()) {
  return rule_at(0, program, common).cfa == CfaRule::kHard;
}

TEST(CfiInterpreter, AtEntryTheReturnAddressIsOnTop) {
  expect_rule(rule_at(0, {}), CfaRule::kSp, 8, FpRule::kSame, 0);
}

TEST(CfiInterpreter, EachRowHoldsFromItsLocationOn) {
  const Bytes push_rbp{kAdvance1, kDefCfaOffset, 16, kOffsetRbp, 2, kAdvance4, kDefCfaRegister, kRbp};
  expect_rule(rule_at(0, push_rbp), CfaRule::kSp, 8, FpRule::kSame, 0);
  expect_rule(rule_at(1, push_rbp), CfaRule::kSp, 16, FpRule::kAtCfa, -2);
  expect_rule(rule_at(4, push_rbp), CfaRule::kSp, 16, FpRule::kAtCfa, -2);
  expect_rule(rule_at(5, push_rbp), CfaRule::kFp, 16, FpRule::kAtCfa, -2);
  expect_rule(rule_at(1000, push_rbp), CfaRule::kFp, 16, FpRule::kAtCfa, -2);
}

TEST(CfiInterpreter, AdvancesOfEverySize) {
  const Bytes program{kAdvanceLoc1,  0xff, kDefCfaOffset, 16,   kAdvanceLoc2, 0x00, 0x01,
                      kDefCfaOffset, 24,   kAdvanceLoc4,  0x00, 0x00,         0x01, 0x00,
                      kDefCfaOffset, 32};
  EXPECT_EQ(rule_at(0xfe, program).cfa_offset, 8);
  EXPECT_EQ(rule_at(0xff, program).cfa_offset, 16);
  EXPECT_EQ(rule_at(0x1fe, program).cfa_offset, 16);
  EXPECT_EQ(rule_at(0x1ff, program).cfa_offset, 24);
  EXPECT_EQ(rule_at(0x101fe, program).cfa_offset, 24);
  EXPECT_EQ(rule_at(0x101ff, program).cfa_offset, 32);
}

TEST(CfiInterpreter, AnEpilogueInTheMiddleIsRememberedAround) {
  const Bytes program{kDefCfaOffset, 32,        kOffsetRbp, 2,         kAdvance1, kRemember, kDefCfaOffset, 8,
                      kRestoreRbp,   kAdvance1, kRecall,    kAdvance1, kNop};
  expect_rule(rule_at(0, program), CfaRule::kSp, 32, FpRule::kAtCfa, -2);
  expect_rule(rule_at(1, program), CfaRule::kSp, 8, FpRule::kSame, 0);
  expect_rule(rule_at(2, program), CfaRule::kSp, 32, FpRule::kAtCfa, -2);
}

TEST(CfiInterpreter, RestoreGoesBackToWhatTheCieSaid) {
  Bytes common = cie();
  append(common, Bytes{kOffsetRbp, 3});
  expect_rule(rule_at(0, {kSameValue, kRbp}, common), CfaRule::kSp, 8, FpRule::kSame, 0);
  expect_rule(rule_at(0, {kSameValue, kRbp, kRestoreExtended, kRbp}, common), CfaRule::kSp, 8, FpRule::kAtCfa,
              -3);
}

TEST(CfiInterpreter, ExtendedAndSignedForms) {
  expect_rule(rule_at(0, {kOffsetExtended, kRbp, 4}), CfaRule::kSp, 8, FpRule::kAtCfa, -4);
  expect_rule(rule_at(0, {kOffsetExtendedSf, kRbp, 0x7d}), CfaRule::kSp, 8, FpRule::kAtCfa, 3);
  expect_rule(rule_at(0, {kDefCfaSf, kRbp, 0x7e}), CfaRule::kFp, 16, FpRule::kSame, 0);
  expect_rule(rule_at(0, {kDefCfaOffsetSf, 0x7d}), CfaRule::kSp, 24, FpRule::kSame, 0);
  expect_rule(rule_at(0, {kArgsSize, 0x90, 0x01, kDefCfaOffset, 48}), CfaRule::kSp, 48, FpRule::kSame, 0);
}

TEST(CfiInterpreter, RealignedStacks) {
  const Bytes program{kExpression, kRbp, 2, 0x76, 0x00, kDefCfaExpression, 3, 0x76, 0x78, 0x06};
  expect_rule(rule_at(0, program), CfaRule::kDerefFp, -8, FpRule::kAtFp, 0);
}

TEST(CfiInterpreter, OtherExpressionsAreHard) {
  EXPECT_TRUE(is_hard({kDefCfaExpression, 3, 0x77, 0x08, 0x06}));        // rsp + 8, dereferenced
  EXPECT_TRUE(is_hard({kDefCfaExpression, 2, 0x76, 0x08}));              // not dereferenced
  EXPECT_TRUE(is_hard({kDefCfaExpression, 4, 0x76, 0x08, 0x06, 0x06}));  // twice
  EXPECT_TRUE(is_hard({kDefCfaExpression, 0}));
  EXPECT_TRUE(is_hard({kExpression, kRbp, 2, 0x77, 0x00}));
  EXPECT_TRUE(is_hard({kValExpression, kRbp, 2, 0x76, 0x00}));
}

TEST(CfiInterpreter, OfExpressionsOneOfEachKindIsKnownWhateverTheirBytes) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto other = static_cast<std::uint8_t>(byte);
    EXPECT_EQ(is_hard({kDefCfaExpression, 3, other, 0x78, 0x06}), other != 0x76) << byte;
    EXPECT_EQ(is_hard({kDefCfaExpression, 3, 0x76, 0x78, other}), other != 0x06) << byte;
    EXPECT_EQ(is_hard({kExpression, kRbp, 2, other, 0x00}), other != 0x76) << byte;
  }
}

// Bytes of a pointer of the form; nothing where there is no such form.
std::optional<std::size_t> pointer_size(unsigned encoding) {
  if (encoding == 0xff) return 0;
  if (encoding == 0x50) return std::nullopt;
  switch (encoding & 0x0f) {
    case 0x00:
    case 0x04:
    case 0x0c:
      return 8;
    case 0x01:
    case 0x09:
      return 1;  // of a number below 64
    case 0x02:
    case 0x0a:
      return 2;
    case 0x03:
    case 0x0b:
      return 4;
    default:
      return std::nullopt;
  }
}

TEST(CfiInterpreter, PointersOfEveryFormAreSkipped) {
  constexpr std::uint8_t kOfPointer = 0x3f;  // no instruction, and no form of a pointer
  const Bytes program{kDefCfaOffset, 24};
  for (unsigned encoding = 0; encoding < 256; ++encoding) {
    const auto form = static_cast<std::uint8_t>(encoding);
    const std::optional<std::size_t> address = pointer_size(encoding);
    // The personality's, in the CIE.
    Bytes data{form};
    data.resize(1 + address.value_or(0), kOfPointer);
    data.push_back(0x1b);
    const UnwindRule rule = rule_at(0, program, cie("zPR", data));
    EXPECT_EQ(rule.cfa != CfaRule::kHard, address.has_value()) << encoding;
    EXPECT_EQ(rule.cfa == CfaRule::kHard || rule.cfa_offset == 24, true) << encoding;
    // The function's, in the FDE; its length has the same form without what it is relative to.
    const std::optional<std::size_t> length = pointer_size(encoding & 0x0f);
    Bytes own(4 + address.value_or(0) + length.value_or(0), kOfPointer);
    own.push_back(0);  // no augmentation data
    append(own, program);
    const UnwindRule of_function = compute_rule({cie("zR", {form}), own, kFunction}, kFunction);
    EXPECT_EQ(of_function.cfa != CfaRule::kHard, address && length) << encoding;
    EXPECT_EQ(of_function.cfa == CfaRule::kHard || of_function.cfa_offset == 24, true) << encoding;
  }
}

TEST(CfiInterpreter, OnlyTheLastWordOnARegisterCounts) {
  EXPECT_FALSE(is_hard({kRegister, kRbp, kRbx, kOffsetRbp, 2}));
  EXPECT_FALSE(is_hard({kDefCfa, kR10, 0, kDefCfa, kRsp, 16}));
  EXPECT_FALSE(is_hard({kDefCfaExpression, 1, 0x06, kDefCfa, kRsp, 16}));
}

TEST(CfiInterpreter, RegistersThatAreNotFollowedDoNotMatter) {
  const Bytes program{kRegister,   kRbx, kR10, kValOffset, kRbx,       1,
                      kExpression, kRbx, 1,    0x06,       kUndefined, kRbx};
  expect_rule(rule_at(0, program), CfaRule::kSp, 8, FpRule::kSame, 0);
}

// In front of one that says what the rule is: what they leave of their operands would be no instruction.
TEST(CfiInterpreter, InstructionsTakeTheirOperands) {
  constexpr std::uint8_t kOther = 0x3f;  // a register, an offset, part of an expression
  constexpr std::uint8_t kValOffsetSf = 0x15;
  constexpr std::uint8_t kOffsetRbx = 0x80 + kRbx;
  for (Bytes program : {Bytes{kNop},
                        Bytes{kOffsetExtended, kOther, kOther},
                        Bytes{kRestoreExtended, kOther},
                        Bytes{kUndefined, kOther},
                        Bytes{kSameValue, kOther},
                        Bytes{kRegister, kOther, kOther},
                        Bytes{kExpression, kOther, 2, kOther, kOther},
                        Bytes{kOffsetExtendedSf, kOther, kOther},
                        Bytes{kValOffset, kOther, kOther},
                        Bytes{kValOffsetSf, kOther, kOther},
                        Bytes{kValExpression, kOther, 2, kOther, kOther},
                        Bytes{kArgsSize, kOther},
                        Bytes{kOffsetRbx, kOther},
                        Bytes{kDefCfa, kRbp, kOther, kDefCfaRegister, kRsp},
                        Bytes{kDefCfaOffset, kOther},
                        Bytes{kDefCfaOffsetSf, kOther},
                        Bytes{kDefCfaSf, kRsp, kOther},
                        Bytes{kDefCfaExpression, 2, kOther, kOther, kDefCfa, kRsp, 8},
                        Bytes{kAdvanceLoc1, kOther},
                        Bytes{kAdvanceLoc2, kOther, 0},
                        Bytes{kAdvanceLoc4, kOther, 0, 0, 0}}) {
    SCOPED_TRACE(static_cast<unsigned>(program[0]));
    append(program, Bytes{kDefCfaOffset, 48});
    expect_rule(rule_at(kOther, program), CfaRule::kSp, 48, FpRule::kSame, 0);
  }
}

TEST(CfiInterpreter, OddRegistersAreHard) {
  EXPECT_TRUE(is_hard({kDefCfa, kR10, 0}));
  EXPECT_TRUE(is_hard({kRegister, kRbp, kRbx}));
  EXPECT_TRUE(is_hard({kValOffset, kRbp, 2}));
  EXPECT_TRUE(is_hard({kValOffset, kRsp, 1}));
  EXPECT_TRUE(is_hard({kOffsetPc, 2}));
  EXPECT_TRUE(is_hard({kRegister, kPc, kRbx}));
}

TEST(CfiInterpreter, OffsetsThatDoNotFitAreHard) {
  EXPECT_FALSE(is_hard({kDefCfaOffset, 0xff, 0xff, 0xff, 0xff, 0x07}));  // 2^31 - 1
  EXPECT_TRUE(is_hard({kDefCfaOffset, 0x80, 0x80, 0x80, 0x80, 0x08}));   // 2^31
  EXPECT_FALSE(is_hard({kOffsetRbp, 0x80, 0x80, 0x02}));                 // 32768 words down
  EXPECT_TRUE(is_hard({kOffsetRbp, 0x81, 0x80, 0x02}));
  EXPECT_TRUE(is_hard({kExpression, kRbp, 2, 0x76, 0x04}));  // not a whole word
}

TEST(CfiInterpreter, AnUndefinedReturnAddressEndsTheStack) {
  EXPECT_EQ(rule_at(0, {kUndefined, kPc}).cfa, CfaRule::kEnd);
}

TEST(CfiInterpreter, AnUndefinedFramePointerIsKept) {
  expect_rule(rule_at(0, {kUndefined, kRbp}), CfaRule::kSp, 8, FpRule::kSame, 0);
}

TEST(CfiInterpreter, SignalFramesAreTold) { EXPECT_EQ(rule_at(0, {}, cie("zRS")).cfa, CfaRule::kSignal); }

TEST(CfiInterpreter, AugmentationsOfCxxFunctions) {
  const Bytes common = cie("zPLR", {0x9b, 1, 2, 3, 4, 0x1b, 0x1b});
  expect_rule(rule_at(0, {kDefCfaOffset, 16}, common), CfaRule::kSp, 16, FpRule::kSame, 0);
  EXPECT_TRUE(is_hard({}, cie("zX", {0})));
  EXPECT_TRUE(is_hard({}, cie("eh", {})));
}

TEST(CfiInterpreter, NoAugmentationAtAll) {
  const Bytes common = cie("", {});
  Bytes own(20, 0);  // CIE pointer, two addresses of eight bytes
  append(own, Bytes{kDefCfaOffset, 40});
  EXPECT_EQ(compute_rule({common, own, kFunction}, kFunction).cfa_offset, 40);
}

TEST(CfiInterpreter, MalformedProgramsAreHard) {
  EXPECT_TRUE(is_hard({kSetLoc, 0, 0, 0, 0}));
  EXPECT_TRUE(is_hard({0x3f}));
  EXPECT_TRUE(is_hard({0x17}));
  EXPECT_TRUE(is_hard({kRecall}));
  EXPECT_TRUE(is_hard(Bytes(9, kRemember)));
  EXPECT_FALSE(is_hard(Bytes(8, kRemember)));
  EXPECT_TRUE(is_hard({kDefCfa, kRsp}));
  EXPECT_TRUE(is_hard({kDefCfaExpression, 9, 0x76}));
  EXPECT_TRUE(is_hard({kAdvanceLoc4, 1, 2}));
}

TEST(CfiInterpreter, AddressesBeforeTheFunctionAreHard) {
  const Bytes common = cie();
  const Bytes own = fde({});
  EXPECT_EQ(compute_rule({common, own, kFunction}, kFunction - 1).cfa, CfaRule::kHard);
}

TEST(CfiInterpreter, OtherReturnColumnsAndVersionsAreHard) {
  Bytes common = cie();
  common[10] = 17;
  EXPECT_TRUE(is_hard({}, common));
  common = cie();
  common[4] = 4;
  EXPECT_TRUE(is_hard({}, common));
  common = cie();
  common[0] = 1;
  EXPECT_TRUE(is_hard({}, common));
}

// Puts bytes right before a page that cannot be read: a read past their end would trap.
class CliffEdge {
 public:
  CliffEdge() : pages_(static_cast<std::uint8_t*>(os::map(2 * os::page_size(), os::Protection::kReadWrite))) {
    os::protect(pages_ + os::page_size(), os::page_size(), os::Protection::kNone);
  }
  ~CliffEdge() { os::unmap(pages_, 2 * os::page_size()); }
  std::span<const std::uint8_t> place(std::span<const std::uint8_t> bytes) {
    std::uint8_t* start = pages_ + os::page_size() - bytes.size();
    std::copy(bytes.begin(), bytes.end(), start);
    return {start, bytes.size()};
  }

 private:
  std::uint8_t* pages_;
};

TEST(CfiInterpreter, EveryTruncationStaysInsideItsBuffers) {
  CliffEdge first;
  CliffEdge second;
  const Bytes common = cie("zPLR", {0x9b, 1, 2, 3, 4, 0x1b, 0x1b});
  const Bytes own = fde({kAdvanceLoc4, 0, 0, 0, 0, kDefCfaExpression, 3, 0x76, 0x78, 0x06, kOffsetRbp, 2});
  for (std::size_t i = 0; i <= common.size(); ++i) {
    for (std::size_t j = 0; j <= own.size(); ++j) {
      const UnwindRule rule = compute_rule(
          {first.place(std::span(common).first(i)), second.place(std::span(own).first(j)), kFunction},
          kFunction + 3);
      const bool has_expression = i == common.size() && j >= own.size() - 2 && j != own.size() - 1;
      EXPECT_EQ(rule.cfa == CfaRule::kDerefFp, has_expression) << i << ' ' << j;
    }
  }
}

TEST(CfiInterpreter, RandomBytesStayInsideTheirBuffers) {
  CliffEdge first;
  CliffEdge second;
  std::mt19937 random(20240117);
  int understood = 0;
  for (int round = 0; round < 200'000; ++round) {
    Bytes common = cie();
    Bytes own = fde(Bytes(random() % 24));
    for (std::size_t i = 13; i < own.size(); ++i) own[i] = static_cast<std::uint8_t>(random());
    if (round % 2 != 0) common[random() % common.size()] = static_cast<std::uint8_t>(random());
    const UnwindRule rule =
        compute_rule({first.place(common), second.place(own), kFunction}, kFunction + random() % 64);
    understood += rule.is_simple() ? 1 : 0;
  }
  EXPECT_GT(understood, 10'000);
  EXPECT_LT(understood, 190'000);
}

}  // namespace
}  // namespace padlock::trace
