// The fixed parts of CIE and FDE, down to their call-frame programs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace padlock::trace {

struct CieContent {
  std::uint64_t code_alignment = 0;
  std::int64_t data_alignment = 0;
  std::uint64_t return_column = 0;
  std::uint8_t pointer_encoding = 0;  // of the FDE's addresses, DW_EH_PE_*
  bool has_augmentation = false;      // the FDE has augmentation data too
  bool signal_frame = false;
  std::span<const std::uint8_t> program;
};

/// None if the entry is malformed or of a form that x86-64 compilers do not emit.
std::optional<CieContent> parse_cie(std::span<const std::uint8_t> bytes) noexcept;
/// The FDE's call-frame program, if it is well-formed.
std::optional<std::span<const std::uint8_t>> parse_fde(std::span<const std::uint8_t> bytes,
                                                       const CieContent& cie) noexcept;

}  // namespace padlock::trace
