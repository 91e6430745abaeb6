// Processors differ: at a jump to a place
// outside the address space some stop at the jump, others at the place.
#include "runtime/process/value_trap.h"

#include <cstring>
#include <initializer_list>
#include <optional>

#include "arch/operand.h"
#include "base/text.h"
#include "os/memory.h"
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

// The address first: a register that it was made of is no better where the two are close.
core::Fault explain_operand(const arch::AddressOperand& operand) noexcept {
  using OperandUse = arch::AddressOperand::Use;
  if (operand.use == OperandUse::kJumpThrough) {
    if (const auto target = load_word(operand.address)) return explain_value(*target, Use::kJump);
  }
  if (is_canonical(operand.address)) return {};
  const Use use = operand.use == OperandUse::kAccess ? Use::kAccess
                  : operand.use == OperandUse::kJump ? Use::kJump
                                                     : Use::kTable;
  core::Fault fault = explain_value(operand.address, use);
  for (const std::uintptr_t part : {operand.base, operand.index}) {
    if (fault.kind != core::FaultKind::kNone) return fault;
    fault = explain_value(part, Use::kIndex);
  }
  return fault;
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
    trap.fault = explain_operand(operand);
    if (trap.fault.kind != core::FaultKind::kNone) return;
    outside = outside || !is_canonical(operand.address);
  }
  if (outside) trap.hint = find_hint(registers);
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

void say_hint(const core::Fault& hint) noexcept {
  char buffer[400];
  TextWriter text(buffer);
  const core::ReadValue& read = hint.read;
  text.append("the program crashed, and a register holds ")
      .address(read.value)
      .append(", what Padlock keeps ");
  if (hint.block.present()) {
    text.append("at offset ").signed_decimal(static_cast<std::int64_t>(read.source - hint.block.user));
    text.append(" of ");
    report::block_words(text, hint.block, hint.kind == core::FaultKind::kUseAfterFree ? "freed" : "");
  } else {
    text.append("in freed memory");
  }
  text.append(": perhaps the bad address was computed from that");
  warn("hint", text.view());
  if (thread_slot.is_idle()) reporter.describe(reinterpret_cast<const void*>(read.source));
}

}  // namespace padlock::runtime
