// Which addresses instructions take: each row is an instruction as an assembler and a disassembler know it.
#include "arch/operand.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace padlock::arch {
namespace {

using Operand = AddressOperand;
constexpr auto kAccess = Operand::Use::kAccess;
constexpr auto kJump = Operand::Use::kJump;
constexpr auto kThrough = Operand::Use::kJumpThrough;

// What the registers hold.
constexpr std::uintptr_t kRip = 0x400000;
constexpr std::uintptr_t kRax = 0x6000'0000'0010, kRcx = 0x6000'0000'1100, kRdx = 0x6000'0000'2200,
                         kRbx = 0x6000'0000'3300, kRsp = 0x6000'0000'4400, kRbp = 0x6000'0000'5500,
                         kRsi = 0x6000'0000'6600, kRdi = 0x6000'0000'7700, kR8 = 0x7000'0000'0800,
                         kR9 = 0x7000'0000'1900, kR10 = 0x7000'0000'2a00, kR11 = 0x7000'0000'3b00,
                         kR12 = 0x7000'0000'4c00, kR13 = 0x7000'0000'5d00, kR14 = 0x7000'0000'6e00,
                         kR15 = 0x7000'0000'7f00;
constexpr Registers kRegisters{
    {kRax, kRcx, kRdx, kRbx, kRsp, kRbp, kRsi, kRdi, kR8, kR9, kR10, kR11, kR12, kR13, kR14, kR15}, kRip};

Operand at(Operand::Use use, std::uintptr_t base, std::intptr_t offset = 0) {
  return {base + static_cast<std::uintptr_t>(offset), use, base, 0};
}
Operand indexed(Operand::Use use, std::uintptr_t base, std::uintptr_t index, unsigned scale,
                std::intptr_t offset) {
  return {base + index * scale + static_cast<std::uintptr_t>(offset), use, base, index, scale};
}

struct Row {
  const char* text;
  std::vector<std::uint8_t> code;
  std::vector<Operand> operands;
};

const Row kRows[] = {
    // clang-format off
    {"vmovups 0x40(%rax),%zmm0", {0x62, 0xf1, 0x7c, 0x48, 0x10, 0x40, 0x01}, {at(kAccess, kRax, 64)}},
    {"vmovups %ymm17,-0x20(%r9,%rcx,4)", {0x62, 0xc1, 0x7c, 0x28, 0x11, 0x4c, 0x89, 0xff}, {indexed(kAccess, kR9, kRcx, 4, -32)}},
    {"vgatherdps 0x4(%rax,%zmm1,4),%zmm2{%k1}", {0x62, 0xf2, 0x7d, 0x49, 0x92, 0x54, 0x88, 0x01}, {at(kAccess, kRax, 4)}},
    {"vpscatterdd %zmm2,0x8(%rbx,%zmm1,4){%k1}", {0x62, 0xf2, 0x7d, 0x49, 0xa0, 0x54, 0x8b, 0x02}, {at(kAccess, kRbx, 8)}},
    {"vgatherdpd 0x8(%rcx,%xmm1,8),%ymm2{%k1}", {0x62, 0xf2, 0xfd, 0x29, 0x92, 0x54, 0xc9, 0x01}, {at(kAccess, kRcx, 8)}},
    {"vpaddd 0x80(%r12),%zmm1,%zmm2", {0x62, 0xd1, 0x75, 0x48, 0xfe, 0x54, 0x24, 0x02}, {at(kAccess, kR12, 128)}},
    {"xlat %ds:(%rbx)", {0xd7}, {Operand{kRbx + (kRax & 0xff), kAccess, kRbx, 0}}},
    {"scas %es:(%rdi),%al", {0xae}, {at(kAccess, kRdi)}},
    {"lods %ds:(%rsi),%eax", {0xad}, {at(kAccess, kRsi)}},
    {"cmpsq %es:(%rdi),%ds:(%rsi)", {0x48, 0xa7}, {at(kAccess, kRsi), at(kAccess, kRdi)}},
    {"movsb %ds:(%rsi),%es:(%rdi)", {0xa4}, {at(kAccess, kRsi), at(kAccess, kRdi)}},
    {"stos %rax,%es:(%rdi)", {0x48, 0xab}, {at(kAccess, kRdi)}},
    {"outsb %ds:(%rsi),(%dx)", {0x6e}, {at(kAccess, kRsi)}},
    {"push 0x8(%rdx)", {0xff, 0x72, 0x08}, {at(kAccess, kRdx, 8), at(kAccess, kRsp, -8)}},
    {"pop 0x10(%rsi)", {0x8f, 0x46, 0x10}, {at(kAccess, kRsi, 16), at(kAccess, kRsp)}},
    {"lock cmpxchg16b (%r10)", {0xf0, 0x49, 0x0f, 0xc7, 0x0a}, {at(kAccess, kR10)}},
    {"lock xadd %eax,(%rax,%rbx,8)", {0xf0, 0x0f, 0xc1, 0x04, 0xd8}, {indexed(kAccess, kRax, kRbx, 8, 0)}},
    {"call *0x10(%rax)", {0xff, 0x50, 0x10}, {at(kThrough, kRax, 16), at(kAccess, kRsp, -8)}},
    {"jmp *(%r11,%r12,8)", {0x43, 0xff, 0x24, 0xe3}, {indexed(kThrough, kR11, kR12, 8, 0)}},
    {"call *%r13", {0x41, 0xff, 0xd5}, {Operand{kR13, kJump, 0, 0}, at(kAccess, kRsp, -8)}},
    {"notrack jmp *%rdx", {0x3e, 0xff, 0xe2}, {Operand{kRdx, kJump, 0, 0}}},
    {"bnd call *0x8(%rip)", {0xf2, 0xff, 0x15, 0x08, 0x00, 0x00, 0x00}, {Operand{kRip + 7 + 8, kThrough, 0, 0}, at(kAccess, kRsp, -8)}},
    {"ret", {0xc3}, {at(kThrough, kRsp)}},
    {"ret $0x10", {0xc2, 0x10, 0x00}, {at(kThrough, kRsp)}},
    {"leave", {0xc9}, {at(kAccess, kRbp)}},
    {"enter $0x10,$0x0", {0xc8, 0x10, 0x00, 0x00}, {at(kAccess, kRsp, -8)}},
    {"maskmovdqu %xmm1,%xmm2", {0x66, 0x0f, 0xf7, 0xd1}, {at(kAccess, kRdi)}},
    {"vmaskmovdqu %xmm1,%xmm2", {0xc5, 0xf9, 0xf7, 0xd1}, {at(kAccess, kRdi)}},
    {"maskmovq %mm1,%mm2", {0x0f, 0xf7, 0xd1}, {at(kAccess, kRdi)}},
    {"vgatherqps (%rax,%ymm1,2),%xmm2{%k1}", {0x62, 0xf2, 0x7d, 0x29, 0x93, 0x14, 0x48}, {at(kAccess, kRax)}},
    {"movbe (%r15),%eax", {0x41, 0x0f, 0x38, 0xf0, 0x07}, {at(kAccess, kR15)}},
    {"crc32b 0x3(%rdi),%eax", {0xf2, 0x0f, 0x38, 0xf0, 0x47, 0x03}, {at(kAccess, kRdi, 3)}},
    {"aesenc 0x10(%rcx),%xmm3", {0x66, 0x0f, 0x38, 0xdc, 0x59, 0x10}, {at(kAccess, kRcx, 16)}},
    {"blendvps %xmm0,0x0(%rbp),%xmm1", {0x66, 0x0f, 0x38, 0x14, 0x4d, 0x00}, {at(kAccess, kRbp)}},
    {"vzeroupper", {0xc5, 0xf8, 0x77}, {}},
    {"bextr $0x1,0x8(%rax),%ecx", {0x8f, 0xea, 0x78, 0x10, 0x48, 0x08, 0x01, 0x00, 0x00, 0x00}, {at(kAccess, kRax, 8)}},
    {"lwpval $0x1,(%rbx),%ecx", {0x8f, 0xea, 0x70, 0x12, 0x0b, 0x01, 0x00, 0x00, 0x00}, {at(kAccess, kRbx)}},
    {"vpcmov (%rdi),%xmm1,%xmm2,%xmm3", {0x8f, 0xe8, 0xe8, 0xa2, 0x1f, 0x10}, {at(kAccess, kRdi)}},
    {"vfmadd231ps 0x20(%rbp,%r9,1),%ymm1,%ymm2", {0xc4, 0xa2, 0x75, 0xb8, 0x54, 0x0d, 0x20}, {indexed(kAccess, kRbp, kR9, 1, 32)}},
    {"andn (%r8),%rax,%rcx", {0xc4, 0xc2, 0xf8, 0xf2, 0x08}, {at(kAccess, kR8)}},
    {"mulx 0x0(%rbp),%rax,%rcx", {0xc4, 0xe2, 0xfb, 0xf6, 0x4d, 0x00}, {at(kAccess, kRbp)}},
    {"fxsave (%rdx)", {0x0f, 0xae, 0x02}, {at(kAccess, kRdx)}},
    {"clflush (%rsi)", {0x0f, 0xae, 0x3e}, {at(kAccess, kRsi)}},
    {"prefetcht0 (%rsi)", {0x0f, 0x18, 0x0e}, {}},
    {"lea (%rdi,%rsi,1),%rax", {0x48, 0x8d, 0x04, 0x37}, {}},
    {"nopw (%rax,%rax,1)", {0x66, 0x0f, 0x1f, 0x04, 0x00}, {}},
    {"bts %rax,(%rdx)", {0x48, 0x0f, 0xab, 0x02}, {at(kAccess, kRdx)}},
    {"movnti %eax,0x8(%rdi)", {0x0f, 0xc3, 0x47, 0x08}, {at(kAccess, kRdi, 8)}},
    {"imul $0x3e8,(%rsi),%eax", {0x69, 0x06, 0xe8, 0x03, 0x00, 0x00}, {at(kAccess, kRsi)}},
    {"imul $0x3,0x8(%rsi),%eax", {0x6b, 0x46, 0x08, 0x03}, {at(kAccess, kRsi, 8)}},
    {"testb $0x1,(%rcx)", {0xf6, 0x01, 0x01}, {at(kAccess, kRcx)}},
    {"movabs 0x1122334455667788,%rax", {0x48, 0xa1, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11}, {}},
    {"ljmp *(%rax)", {0xff, 0x28}, {at(kAccess, kRax)}},
    {"lcall *(%rax)", {0xff, 0x18}, {at(kAccess, kRax), at(kAccess, kRsp, -8)}},
    {"incl (%rdx)", {0xff, 0x02}, {at(kAccess, kRdx)}},
    {"mov (%rax),%eax", {0x8b, 0x00}, {at(kAccess, kRax)}},
    {"mov 0x8(%rbx,%rcx,4),%rdx", {0x48, 0x8b, 0x54, 0x8b, 0x08}, {indexed(kAccess, kRbx, kRcx, 4, 8)}},
    {"mov -0x10(%rbp),%rax", {0x48, 0x8b, 0x45, 0xf0}, {at(kAccess, kRbp, -16)}},
    {"mov (%rsp),%rax", {0x48, 0x8b, 0x04, 0x24}, {at(kAccess, kRsp)}},
    {"mov 0x12345678(%r13),%r8b", {0x45, 0x8a, 0x85, 0x78, 0x56, 0x34, 0x12}, {at(kAccess, kR13, 305419896)}},
    {"mov 0x100(,%r14,8),%rax", {0x4a, 0x8b, 0x04, 0xf5, 0x00, 0x01, 0x00, 0x00}, {indexed(kAccess, 0, kR14, 8, 256)}},
    {"movq $0x0,-0x8(%r12)", {0x49, 0xc7, 0x44, 0x24, 0xf8, 0x00, 0x00, 0x00, 0x00}, {at(kAccess, kR12, -8)}},
    {"movaps 0x20(%rsi),%xmm0", {0x0f, 0x28, 0x46, 0x20}, {at(kAccess, kRsi, 32)}},
    {"vmovdqu (%r9,%r10,2),%ymm1", {0xc4, 0x81, 0x7e, 0x6f, 0x0c, 0x51}, {indexed(kAccess, kR9, kR10, 2, 0)}},
    {"cmpb $0x0,0x5(%rdi)", {0x80, 0x7f, 0x05, 0x00}, {at(kAccess, kRdi, 5)}},
    {"call 0x12d", {0xe8, 0x00, 0x00, 0x00, 0x00}, {at(kAccess, kRsp, -8)}},
    {"push %rbx", {0x53}, {at(kAccess, kRsp, -8)}},
    {"pop %rbx", {0x5b}, {at(kAccess, kRsp)}},
    {"mov 0x8(%rip),%rax", {0x48, 0x8b, 0x05, 0x08, 0x00, 0x00, 0x00}, {}},
    {"jmp *0x10(%rip)", {0xff, 0x25, 0x10, 0x00, 0x00, 0x00}, {Operand{kRip + 6 + 16, kThrough, 0, 0}}},
    {"mov (%ecx),%eax", {0x67, 0x8b, 0x01}, {}},
    {"mov %fs:(%rax),%rax", {0x64, 0x48, 0x8b, 0x00}, {at(kAccess, kRax)}},
    // clang-format on
};

bool has_exactly(const AddressOperands& found, const std::vector<Operand>& expected) {
  return found.count == expected.size() && std::is_permutation(found.begin(), found.end(), expected.begin());
}

TEST(Operand, IsWhatTheDisassemblerSays) {
  for (const Row& row : kRows) {
    EXPECT_TRUE(has_exactly(address_operands(row.code, kRegisters), row.operands)) << row.text;
  }
}

TEST(Operand, WhatLiesBehindTheInstructionDoesNotMatter) {
  for (const Row& row : kRows) {
    std::vector<std::uint8_t> code = row.code;
    code.insert(code.end(), 32, 0xf4);
    EXPECT_TRUE(has_exactly(address_operands(code, kRegisters), row.operands)) << row.text;
  }
}

TEST(Operand, OfAnInstructionThatIsCutOffNothingIsInvented) {
  for (const Row& row : kRows) {
    for (std::size_t size = 0; size < row.code.size(); ++size) {
      const AddressOperands found = address_operands(std::span(row.code).first(size), kRegisters);
      EXPECT_TRUE(found.count == 0 || has_exactly(found, row.operands)) << row.text << ' ' << size;
    }
  }
}

TEST(Operand, OfAnInstructionOfMoreThanFifteenBytesNothingIsSaid) {
  std::uint8_t code[16];
  std::fill_n(code, 14, 0x66);
  code[14] = 0x8b;
  code[15] = 0x00;
  EXPECT_EQ(address_operands(code, kRegisters).count, 0U);
  EXPECT_EQ(address_operands(std::span(code).subspan(1), kRegisters).count, 1U);
}

TEST(Operand, RegistersAreTakenFromTheirPlacesInAContext) {
  Context context{};
  constexpr int kOrder[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                            REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  for (greg_t i = 0; i < 16; ++i) context.uc_mcontext.gregs[kOrder[i]] = 100 + i;
  context.uc_mcontext.gregs[REG_RIP] = 7;
  const Registers registers = registers_of(context);
  for (std::uintptr_t i = 0; i < 16; ++i) EXPECT_EQ(registers.general[i], 100 + i);
  EXPECT_EQ(registers.instruction, 7U);
}

TEST(Operand, NeverCanonicalAreAddressesWhoseTopBitsDiffer) {
  EXPECT_TRUE(is_never_canonical(0x4000'0000'0000'0000));
  EXPECT_TRUE(is_never_canonical(0xbfff'ffff'ffff'ffff));
  EXPECT_FALSE(is_never_canonical(0x3fff'ffff'ffff'ffff));
  EXPECT_FALSE(is_never_canonical(0xffff'8000'0000'0000));
  EXPECT_FALSE(is_never_canonical(0));
}

}  // namespace
}  // namespace padlock::arch
