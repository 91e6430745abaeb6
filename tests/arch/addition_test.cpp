// The addition in front of an access: each row is the end of a stretch of code.
#include "arch/addition.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace padlock::arch {
namespace {

constexpr std::uintptr_t kRax = 0x7000'0000'1000, kRcx = 0x30, kRdi = 0x7000'0000'2000, kRsi = 0x4000,
                         kR9 = 0x7000'0000'3000, kR12 = 0x500;

Registers registers() {
  Registers registers;
  registers.general = {kRax, kRcx, 0, 0, 0, 0, kRsi, kRdi, 0, kR9, 0, 0, kR12, 0, 0, 0};
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
  EXPECT_EQ(read({0x48, 0x01, 0xf7}), Expected{of(kRdi, kRdi - kRsi, kRsi)});  // add %rsi,%rdi
  EXPECT_EQ(read({0x48, 0x03, 0xfe}), Expected{of(kRdi, kRdi - kRsi, kRsi)});  // the same, the other way
  EXPECT_EQ(read({0x4d, 0x01, 0xe1}), Expected{of(kR9, kR9 - kR12, kR12)});    // add %r12,%r9
  EXPECT_EQ(read({0x49, 0x03, 0xc4}), Expected{of(kRax, kRax - kR12, kR12)});  // add %r12,%rax
}

TEST(Addition, ASubtractionTakesOneFromTheOther) {
  EXPECT_EQ(read({0x48, 0x29, 0xc8}), Expected{of(kRax, kRax + kRcx)});  // sub %rcx,%rax
  EXPECT_EQ(read({0x48, 0x2b, 0xc1}), Expected{of(kRax, kRax + kRcx)});
}

TEST(Addition, OfAConstant) {
  EXPECT_EQ(read({0x48, 0x83, 0xc7, 0x10}), Expected{of(kRdi, kRdi - 16)});                // add $16,%rdi
  EXPECT_EQ(read({0x48, 0x83, 0xc7, 0xf0}), Expected{of(kRdi, kRdi + 16)});                // add $-16,%rdi
  EXPECT_EQ(read({0x49, 0x83, 0xe9, 0x08}), Expected{of(kR9, kR9 + 8)});                   // sub $8,%r9
  EXPECT_EQ(read({0x48, 0x81, 0xef, 0x40, 0x1f, 0, 0}), Expected{of(kRdi, kRdi + 8000)});  // sub $8000,%rdi
  EXPECT_EQ(read({0x48, 0x2d, 0x40, 0x1f, 0, 0}), Expected{of(kRax, kRax + 8000)});        // sub $8000,%rax
  EXPECT_EQ(read({0x48, 0x05, 0x40, 0x1f, 0, 0}), Expected{of(kRax, kRax - 8000)});        // add $8000,%rax
}

TEST(Addition, OfABaseAndAnIndex) {
  // lea (%rdi,%rsi,8),%rdi; lea (%rax,%rdi),%rdi; lea (%r9,%r12,4),%rax
  EXPECT_EQ(read({0x48, 0x8d, 0x3c, 0xf7}), Expected{of(kRdi, kRdi - 8 * kRsi)});
  EXPECT_EQ(read({0x48, 0x8d, 0x3c, 0x38}), Expected{of(kRdi, kRax, kRdi - kRax)});
  EXPECT_EQ(read({0x4b, 0x8d, 0x04, 0xa1}), Expected{of(kRax, kRax - 4 * kR12)});
  // lea -0x10(%rdi,%rsi),%rdi; lea 0x1000(%rdi,%rsi,2),%rdi
  EXPECT_EQ(read({0x48, 0x8d, 0x7c, 0x37, 0xf0}), Expected{of(kRdi, kRdi + 16 - kRsi, kRsi)});
  EXPECT_EQ(read({0x48, 0x8d, 0xbc, 0x77, 0, 0x10, 0, 0}), Expected{of(kRdi, kRdi - 0x1000 - 2 * kRsi)});
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
