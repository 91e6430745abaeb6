// Finding call-frame information, through libgcc's own look-up.
#include "trace/rule_finder.h"

#include <cstring>

#include "trace/cfi_interpreter.h"

extern "C" {
struct dwarf_eh_bases {
  void* text;
  void* data;
  void* function;  // first address that the FDE covers
};
// libgcc's, used by every exception that is thrown. The FDE, or null.
const void* _Unwind_Find_FDE(void* address, dwarf_eh_bases* bases);
}

namespace padlock::trace {
namespace {

constexpr std::size_t kWord = 4;  // of lengths and of pointers to CIEs

std::uint32_t word_at(const std::uint8_t* address) noexcept {
  std::uint32_t word = 0;
  std::memcpy(&word, address, sizeof word);
  return word;
}

const std::uint8_t* find_entry(std::uintptr_t address, dwarf_eh_bases& bases) noexcept {
  return static_cast<const std::uint8_t*>(_Unwind_Find_FDE(reinterpret_cast<void*>(address), &bases));
}

// An entry behind its length word. Lengths of 64 bits, which libgcc does not take either, give nothing.
std::span<const std::uint8_t> content_of(const std::uint8_t* entry) noexcept {
  constexpr std::uint32_t kLongest = 0xfffffff0;
  const std::uint32_t length = word_at(entry);
  if (length >= kLongest) return {};
  return {entry + kWord, length};
}

}  // namespace

bool is_signal_return(std::uintptr_t address) noexcept {
  constexpr std::uint8_t kCode[kSignalReturnSize] = {0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05};
  return std::memcmp(reinterpret_cast<const void*>(address), kCode, sizeof kCode) == 0;
}

UnwindRule find_rule(std::uintptr_t return_address) noexcept {
  dwarf_eh_bases bases{};
  const std::uintptr_t call = return_address - 1;  // the call may be its function's last instruction
  const std::uint8_t* fde = find_entry(call, bases);
  if (fde == nullptr) return UnwindRule{.cfa = CfaRule::kUnknown};
  FrameDescription description;
  description.fde = content_of(fde);
  description.function = reinterpret_cast<std::uintptr_t>(bases.function);
  const std::uint8_t* const pointer = fde + kWord;           // libgcc has followed it, too
  description.cie = content_of(pointer - word_at(pointer));  // counted back from the pointer itself
  const UnwindRule rule = compute_rule(description, call);
  // What the kernel has left on the stack is known only there.
  const bool odd = rule.cfa == CfaRule::kSignal && !is_signal_return(return_address);
  return odd ? UnwindRule{.cfa = CfaRule::kHard} : rule;
}

bool is_function_start(std::uintptr_t address) noexcept {
  dwarf_eh_bases bases{};
  return find_entry(address, bases) != nullptr && reinterpret_cast<std::uintptr_t>(bases.function) == address;
}

}  // namespace padlock::trace
