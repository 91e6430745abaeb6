// Each kind of op: its name, its operands, the dialect that it belongs to.
#include "program/op.h"

namespace padlock::fuzz {
namespace {

using enum Operand;

constexpr OpSpec kSpecs[] = {
    {"allocate", {kUnused, kSize, kOrigin, kUnused}},
    {"allocate_aligned", {kAlignment, kSize, kOrigin, kUnused}},
    {"allocate_zeroed", {kCount, kSize, kOrigin, kUnused}},
    {"allocate_many", {kCount, kSize, kOrigin, kUnused}},
    {"reallocate", {kBlock, kSize, kUnused, kUnused}},
    {"resize", {kBlock, kSize, kUnused, kUnused}},
    {"free", {kBlock, kUnused, kUnused, kUnused}},
    {"free_sized", {kBlock, kUnused, kUnused, kUnused}},
    {"free_many", {kBlock, kCount, kOffset, kUnused}},
    {"usable_size", {kBlock, kUnused, kUnused, kUnused}},
    {"write", {kBlock, kUnused, kByte, kUnused}},
    {"find_block", {kBlock, kOffset, kUnused, kUnused}},
    {"coalesce", {kCount, kUnused, kUnused, kUnused}},
    {"flush", {kUnused, kUnused, kUnused, kUnused}},
    {"check", {kChoice, kUnused, kUnused, kUnused}},
    {"drain", {kUnused, kUnused, kUnused, kUnused}},
    {"add_region", {kUnused, kSize, kUnused, kUnused}},
    {"fail_growth", {kUnused, kUnused, kUnused, kUnused}},
    {"switch_thread", {kChoice, kUnused, kUnused, kUnused}},
    {"give_up", {kChoice, kUnused, kByte, kUnused}},

    {"overflow", {kBlock, kOffset, kLength, kByte}},
    {"underflow", {kBlock, kUnused, kLength, kByte}},
    {"write_after_free", {kFreedBlock, kOffset, kLength, kByte}},
    {"double_free", {kFreedBlock, kUnused, kOrigin, kChoice}},
    {"interior_free", {kBlock, kOffset, kChoice, kUnused}},
    {"wild_free", {kChoice, kOffset, kChoice, kUnused}},
    {"mismatched_free", {kBlock, kUnused, kOrigin, kUnused}},
    {"mis_sized_free", {kBlock, kSize, kUnused, kUnused}},
    {"misaligned_free", {kBlock, kUnused, kAlignment, kUnused}},
    {"flip_header", {kBlock, kBits, kChoice, kBits}},
    {"resize_freed", {kFreedBlock, kSize, kUnused, kUnused}},
    {"usable_size_freed", {kFreedBlock, kUnused, kUnused, kUnused}},

    {"smash", {kChoice, kOffset, kLength, kByte}},
    {"copy_bytes", {kChoice, kOffset, kLength, kOffset}},
    {"free_anywhere", {kChoice, kOffset, kOrigin, kUnused}},
    {"resize_anywhere", {kChoice, kOffset, kLength, kUnused}},
    {"find_anywhere", {kChoice, kOffset, kUnused, kUnused}},
    {"sabotage", {kChoice, kOffset, kChoice, kChoice}},
};
static_assert(sizeof kSpecs / sizeof kSpecs[0] == kOpKinds);
static_assert(static_cast<std::size_t>(OpKind::kOverflow) == static_cast<std::size_t>(Dialect::kLegal));
static_assert(static_cast<std::size_t>(OpKind::kSmash) == static_cast<std::size_t>(Dialect::kMisuse));
static_assert(static_cast<std::size_t>(OpKind::kSabotage) + 1 == kOpKinds);

}  // namespace

const OpSpec& spec_of(OpKind kind) noexcept { return kSpecs[static_cast<std::size_t>(kind) % kOpKinds]; }

const char* name_of(Operand operand) noexcept {
  switch (operand) {
    case kUnused:
      return "unused";
    case kBlock:
      return "block";
    case kFreedBlock:
      return "freed";
    case kSize:
      return "size";
    case kCount:
      return "count";
    case kAlignment:
      return "align_log2";
    case kOrigin:
      return "origin";
    case kOffset:
      return "offset";
    case kLength:
      return "length";
    case kByte:
      return "byte";
    case kBits:
      return "bits";
    case kChoice:
      return "choice";
  }
  return "unknown";
}

}  // namespace padlock::fuzz
