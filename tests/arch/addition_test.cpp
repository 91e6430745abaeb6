// The addition in front of an access: each row is the end of a stretch of code.
#include "arch/addition.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace padlock::arch {
namespace {

constexpr std::uintptr_t kInRax = 0x7000'0000'1000, kInRcx = 0x30, kInRdi = 0x7000'0000'2000, kInRsi = 0x4000,
                         kInR9 = 0x7000'0000'3000, kInR12 = 0x500;

Registers registers() {
  Registers registers;
  registers.general = {kInRax, kInRcx, 0, 0, 0, 0, kInRsi, kInRdi, 0, kInR9, 0, 0, kInR12, 0, 0, 0};
  return registers;
}

std::vector<Addition> read(const std::vector<std::uint8_t>& end) {
  std::uint8_t code[kAdditionBytes] = {0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90};
  std::copy(end.begin(), end.end(), code + sizeof code - end.size());
  const Additions found = additions_before(code, registers());
  return {found.begin(), found.end()};
}

Addition of(std::uintptr_t sum, std::uintptr_t first, std::uintptr_t second = 0) {
  return {sum, {first, second}};
}

using Expected = std::vector<Addition>;

TEST(Addition, OfTwoRegisters) {
  EXPECT_EQ(read({0x48, 0x01, 0xf7}), Expected{of(kInRdi, kInRdi - kInRsi, kInRsi)});  // add %rsi,%rdi
  EXPECT_EQ(read({0x48, 0x03, 0xfe}),
            Expected{of(kInRdi, kInRdi - kInRsi, kInRsi)});  // the same, the other way
  EXPECT_EQ(read({0x4d, 0x01, 0xe1}), Expected{of(kInR9, kInR9 - kInR12, kInR12)});    // add %r12,%r9
  EXPECT_EQ(read({0x49, 0x03, 0xc4}), Expected{of(kInRax, kInRax - kInR12, kInR12)});  // add %r12,%rax
}

TEST(Addition, ASubtractionTakesOneFromTheOther) {
  EXPECT_EQ(read({0x48, 0x29, 0xc8}), Expected{of(kInRax, kInRax + kInRcx)});  // sub %rcx,%rax
  EXPECT_EQ(read({0x48, 0x2b, 0xc1}), Expected{of(kInRax, kInRax + kInRcx)});
}

TEST(Addition, OfAConstant) {
  EXPECT_EQ(read({0x48, 0x83, 0xc7, 0x10}), Expected{of(kInRdi, kInRdi - 16)});  // add $16,%rdi
  EXPECT_EQ(read({0x48, 0x83, 0xc7, 0xf0}), Expected{of(kInRdi, kInRdi + 16)});  // add $-16,%rdi
  EXPECT_EQ(read({0x49, 0x83, 0xe9, 0x08}), Expected{of(kInR9, kInR9 + 8)});     // sub $8,%r9
  EXPECT_EQ(read({0x48, 0x81, 0xef, 0x40, 0x1f, 0, 0}),
            Expected{of(kInRdi, kInRdi + 8000)});                                        // sub $8000,%rdi
  EXPECT_EQ(read({0x48, 0x2d, 0x40, 0x1f, 0, 0}), Expected{of(kInRax, kInRax + 8000)});  // sub $8000,%rax
  EXPECT_EQ(read({0x48, 0x05, 0x40, 0x1f, 0, 0}), Expected{of(kInRax, kInRax - 8000)});  // add $8000,%rax
}

TEST(Addition, OfABaseAndAnIndex) {
  // lea (%rdi,%rsi,8),%rdi; lea (%rax,%rdi),%rdi; lea (%r9,%r12,4),%rax
  EXPECT_EQ(read({0x48, 0x8d, 0x3c, 0xf7}), Expected{of(kInRdi, kInRdi - 8 * kInRsi)});
  EXPECT_EQ(read({0x48, 0x8d, 0x3c, 0x38}), Expected{of(kInRdi, kInRax, kInRdi - kInRax)});
  EXPECT_EQ(read({0x4b, 0x8d, 0x04, 0xa1}), Expected{of(kInRax, kInRax - 4 * kInR12)});
  // lea -0x10(%rdi,%rsi),%rdi; lea 0x1000(%rdi,%rsi,2),%rdi
  EXPECT_EQ(read({0x48, 0x8d, 0x7c, 0x37, 0xf0}), Expected{of(kInRdi, kInRdi + 16 - kInRsi, kInRsi)});
  EXPECT_EQ(read({0x48, 0x8d, 0xbc, 0x77, 0, 0x10, 0, 0}),
            Expected{of(kInRdi, kInRdi - 0x1000 - 2 * kInRsi)});
}

TEST(Addition, OtherCodeHasNone) {
  EXPECT_TRUE(read({0x48, 0x8d, 0x3c, 0xff}).empty());  // lea (%rdi,%rdi,8),%rdi
  EXPECT_TRUE(read({0x90, 0x90, 0x90}).empty());
  EXPECT_TRUE(read({0x48, 0x89, 0xf7}).empty());        // mov %rsi,%rdi
  EXPECT_TRUE(read({0x01, 0xf7}).empty());              // add %esi,%edi
  EXPECT_TRUE(read({0x48, 0x01, 0x37}).empty());        // add %rsi,(%rdi)
  EXPECT_TRUE(read({0x48, 0x01, 0xff}).empty());        // add %rdi,%rdi: not to be undone
  EXPECT_TRUE(read({0x48, 0x83, 0xff, 0x10}).empty());  // cmp $16,%rdi
}

}  // namespace
}  // namespace padlock::arch
