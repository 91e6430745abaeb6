// Processors differ: at a jump to a place
// outside the address space some stop at the jump, others at the place.
#include "runtime/process/value_trap.h"

#include <cstring>
#include <initializer_list>
#include <optional>

#include "arch/operand.h"
#include "base/text.h"
#include "os/memory.h"
#include "os/process.h"
#include "report/text/words.h"
#include "runtime/holders/read_value.h"
#include "runtime/process/faulting_code.h"
#include "runtime/reporting/notice.h"
#include "runtime/reporting/reporter.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {
namespace {

using Use = core::ReadValue::Use;

// 48 bits, the sign included: with five levels of page tables some of the others are, and no fault of this
// kind.
bool is_canonical(std::uintptr_t address) noexcept {
  constexpr unsigned kUnused = 16;
  return static_cast<std::uintptr_t>(static_cast<std::intptr_t>(address << kUnused) >> kUnused) == address;
}

std::optional<std::uintptr_t> load_word(std::uintptr_t address) noexcept {
  std::uintptr_t word = 0;
  if (!is_canonical(address) || !os::is_readable(address, sizeof word)) return std::nullopt;
  std::memcpy(&word, reinterpret_cast<const void*>(address), sizeof word);
  return word;
}

Use use_of(const arch::AddressOperand& operand, const arch::Registers& registers) noexcept {
  using OperandUse = arch::AddressOperand::Use;
  if (operand.use == OperandUse::kJump) return Use::kJump;
  if (operand.use == OperandUse::kJumpThrough || loads_what_is_called(registers)) return Use::kTable;
  return Use::kAccess;
}

// A register that the address was made of. Where the two are close, it says no more than the address.
core::Fault explain_parts(const arch::AddressOperand& operand) noexcept {
  core::Fault fault;
  for (const std::uintptr_t part : {operand.base, operand.index}) {
    if (fault.kind == core::FaultKind::kNone) fault = explain_value(part, Use::kIndex);
  }
  return fault;
}

core::Fault explain_operand(const arch::AddressOperand& operand, const arch::Registers& registers) noexcept {
  if (operand.use == arch::AddressOperand::Use::kJumpThrough) {
    if (const auto target = load_word(operand.address)) return explain_value(*target, Use::kJump);
  }
  if (is_canonical(operand.address)) return {};
  const core::Fault fault = explain_value(operand.address, use_of(operand, registers));
  return fault.kind != core::FaultKind::kNone ? fault : explain_parts(operand);
}

core::Fault find_hint(const arch::Registers& registers) noexcept {
  for (const std::uintptr_t value : registers.general) {
    core::Fault hint = explain_value(value, Use::kAccess);
    if (hint.kind != core::FaultKind::kNone) return hint;
  }
  return {};
}

void explain_instruction(const arch::Registers& registers, ValueTrap& trap) noexcept {
  bool outside = false;
  for (const arch::AddressOperand& operand : faulting_operands(registers)) {
    trap.fault = explain_operand(operand, registers);
    if (trap.fault.kind != core::FaultKind::kNone) return;
    outside = outside || !is_canonical(operand.address);
  }
  if (outside) trap.hint = find_hint(registers);
}

// Of a register that leads from `block` to `address`, or nearly so, as an index.
core::Fault find_index(const core::BlockSnapshot& block, std::uintptr_t address,
                       const arch::Registers& registers) noexcept {
  constexpr std::uintptr_t kMember = 4096;  // bytes
  if (!block.present()) return {};
  for (const std::uintptr_t value : registers.general) {
    for (const unsigned scale : {1U, 2U, 4U, 8U}) {
      if (address - block.user - value * scale + kMember > 2 * kMember) continue;
      const core::Fault hint = explain_half(value);
      if (hint.kind != core::FaultKind::kNone) return hint;
    }
  }
  return {};
}

// "at offset 8 of a freed 24-byte block"
void source_words(TextWriter& text, const core::Fault& hint) {
  if (!hint.block.present()) {
    const bool whole = hint.read.part == core::ReadValue::Part::kWhole;
    text.append(whole ? "in freed memory" : "in freed or uninitialised memory");
    return;
  }
  text.append("at offset ").signed_decimal(static_cast<std::int64_t>(hint.read.source - hint.block.user));
  text.append(" of ");
  report::block_words(text, hint.block, hint.kind == core::FaultKind::kUseAfterFree ? "freed" : "");
}

}  // namespace

ValueTrap explain_value_trap(const arch::Context& context) noexcept {
  ValueTrap trap{.fault = {}, .from = arch::interrupted_frame(context), .hint = {}};
  const arch::Registers registers = arch::registers_of(context);
  if (is_canonical(registers.instruction)) {
    explain_instruction(registers, trap);
  } else {
    trap.fault = explain_value(registers.instruction, Use::kJump);
    trap.from = arch::caller_frame(context, load_word(arch::stack_pointer_of(context)).value_or(0));
  }
  trap.fault.moment = core::Moment::kAccess;
  trap.fault.call = core::Call::kTrap;
  return trap;
}

ValueTrap explain_index_trap(const arch::Context& context, std::uintptr_t address) noexcept {
  ValueTrap trap{.fault = {}, .from = arch::interrupted_frame(context), .hint = {}};
  const arch::Registers registers = arch::registers_of(context);
  if (address - registers.instruction < arch::kMaxInstruction) return trap;  // there is no code
  for (const arch::AddressOperand& operand : faulting_operands(registers)) {
    if (!takes(operand, address) || trap.fault.kind != core::FaultKind::kNone) continue;
    trap.fault = explain_parts(operand);
    if (operand.scale != 0) trap.hint = explain_half(operand.index);
  }
  const bool explained =
      trap.fault.kind != core::FaultKind::kNone || trap.hint.kind != core::FaultKind::kNone;
  if (!explained) trap.hint = find_index(block_computed_from(context, address), address, registers);
  trap.fault.moment = core::Moment::kAccess;
  trap.fault.call = core::Call::kTrap;
  return trap;
}

void say_hint(const core::Fault& hint) noexcept {
  char buffer[400];
  TextWriter text(buffer);
  const core::ReadValue& read = hint.read;
  if (read.part == core::ReadValue::Part::kWhole) {
    text.append("the program crashed, and a register holds ").address(read.value);
    text.append(", what Padlock keeps ");
    source_words(text, hint);
    text.append(": perhaps the bad address was computed from that");
  } else {
    const bool lower = read.part == core::ReadValue::Part::kLowerHalf;
    text.append("the index of a bad address, ").address(read.value).append(", is the ");
    text.append(lower ? "lower" : "upper").append(" half of what Padlock keeps ");
    source_words(text, hint);
    text.append(": perhaps an int was read there");
  }
  warn("hint", text.view());
  const bool one_block = read.part == core::ReadValue::Part::kWhole || hint.block.present();
  if (one_block && thread_slot.is_idle()) reporter.describe(reinterpret_cast<const void*>(read.source));
  char last[48];
  TextWriter end(last);
  reporter.say(end.append("==").signed_decimal(os::process_id()).append("==END OF HINT\n").view());
}

}  // namespace padlock::runtime
