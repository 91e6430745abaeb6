// The op language: what a fuzz program can do with a heap, one op at a time.
//
// Legal ops are what a correct program does, misuse ops are the bugs of the detection contract, hostile ops
// are damage that no contract describes. A dialect is a prefix of that list, so a legal program means the
// same in every dialect.
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock::fuzz {

enum class OpKind : std::uint8_t {
  // Legal
  kAllocate,
  kAllocateAligned,
  kAllocateZeroed,
  kAllocateMany,
  kReallocate,
  kResize,
  kFree,
  kFreeSized,
  kFreeMany,
  kUsableSize,
  kWrite,
  kFindBlock,
  kCoalesce,
  kFlush,
  kCheck,
  kDrain,
  kAddRegion,
  kFailGrowth,
  kSwitchThread,
  kGiveUp,
  // Misuse
  kOverflow,
  kUnderflow,
  kWriteAfterFree,
  kDoubleFree,
  kInteriorFree,
  kWildFree,
  kMismatchedFree,
  kMisSizedFree,
  kMisalignedFree,
  kFlipHeader,
  kResizeFreed,
  kUsableSizeFreed,
  // Hostile
  kSmash,
  kCopyBytes,
  kFreeAnywhere,
  kResizeAnywhere,
  kFindAnywhere,
  kSabotage,  // ends the program
};
inline constexpr std::size_t kOpKinds = 38;

/// How many kinds a dialect has, from the first on.
enum class Dialect : std::uint8_t { kLegal = 20, kMisuse = 32, kHostile = 38 };

/// What an operand of an op means.
enum class Operand : std::uint8_t {
  kUnused,
  kBlock,       // which live block: an index into them, modulo their number
  kFreedBlock,  // which block freed before
  kSize,        // bytes
  kCount,       // how many
  kAlignment,   // log2
  kOrigin,      // allocation family, modulo four
  kOffset,      // bytes from a user pointer
  kLength,      // bytes written
  kByte,        // the byte written
  kBits,        // which bits to flip
  kChoice,      // among variants of the op
};

inline constexpr std::size_t kOperands = 4;

/// Four operands, the second of 16 bits.
struct Op {
  OpKind kind = OpKind::kAllocate;
  std::uint8_t a = 0;
  std::uint16_t b = 0;
  std::uint8_t c = 0;
  std::uint8_t d = 0;

  bool operator==(const Op&) const = default;
  /// Operand `index` < kOperands.
  [[nodiscard]] std::uint16_t operand(std::size_t index) const noexcept {
    const std::uint16_t values[kOperands] = {a, b, c, d};
    return values[index];
  }
};

struct OpSpec {
  const char* name;
  Operand operands[kOperands];
};

const OpSpec& spec_of(OpKind kind) noexcept;
const char* name_of(Operand operand) noexcept;

}  // namespace padlock::fuzz
