// The call-frame interpreter. It keeps what an unwind rule can say: the CFA, and where the frame pointer and
// the return address are. Other registers matter only to the exact unwinder.
#include "trace/cfi_interpreter.h"

#include <cstddef>
#include <limits>
#include <optional>

#include "arch/dwarf.h"
#include "arch/frame.h"
#include "trace/byte_reader.h"
#include "trace/cfi_entry.h"

namespace padlock::trace {
namespace {

constexpr UnwindRule kHardRule{.cfa = CfaRule::kHard};

enum class Saved : std::uint8_t { kSame, kUndefined, kAtCfa, kAtFp, kOtherwise };

struct Register {
  Saved how = Saved::kSame;
  std::int64_t offset = 0;  // bytes
};

enum class CfaForm : std::uint8_t { kUnset, kRegister, kDerefFp, kOtherwise };

// One row of the table that a call-frame program describes.
struct Row {
  CfaForm cfa = CfaForm::kUnset;
  std::uint64_t cfa_register = 0;
  std::int64_t cfa_offset = 0;
  Register fp;
  Register sp;
  Register return_address;

  Register* find(std::uint64_t number) noexcept {
    if (number == arch::kDwarfFramePointer) return &fp;
    if (number == arch::kDwarfStackPointer) return &sp;
    return number == arch::kDwarfReturnAddress ? &return_address : nullptr;
  }
};

// The offset of "frame pointer + offset", and with `deref` the word there: the only expressions compilers use
// for frames (to realign the stack), besides those of linkage stubs and signal returns.
std::optional<std::int64_t> fp_expression(std::span<const std::uint8_t> expression, bool deref) noexcept {
  constexpr std::uint8_t kDwOpBreg = 0x70 + arch::kDwarfFramePointer;
  constexpr std::uint8_t kDwOpDeref = 0x06;
  ByteReader reader(expression);
  if (reader.fixed<std::uint8_t>() != kDwOpBreg) return std::nullopt;
  const std::int64_t offset = reader.sleb();
  if (deref && reader.fixed<std::uint8_t>() != kDwOpDeref) return std::nullopt;
  return reader.ok() && reader.at_end() ? std::optional(offset) : std::nullopt;
}

// Overflow would need a malformed program; it wraps, and the final range check judges.
std::int64_t scaled(std::uint64_t factor, std::int64_t alignment) noexcept {
  return static_cast<std::int64_t>(factor * static_cast<std::uint64_t>(alignment));
}

class Interpreter {
 public:
  Interpreter(const CieContent& cie, std::uintptr_t function, std::uintptr_t address) noexcept
      : cie_(cie), distance_(address - function) {}

  // False if the program cannot be understood. Every instruction takes at least a byte, so it ends.
  bool run_initial() noexcept {
    if (!run(cie_.program)) return false;
    initial_ = row_;
    return true;
  }
  bool run(std::span<const std::uint8_t> program) noexcept {
    ByteReader reader(program);
    while (!reader.at_end() && !passed_) {
      if (!execute(reader) || !reader.ok()) return false;
    }
    return true;
  }

  [[nodiscard]] const Row& row() const noexcept { return row_; }

 private:
  static constexpr std::size_t kDeepestRemember = 8;

  // The three instructions that hold their operand in the opcode's low six bits, then the rest.
  bool execute(ByteReader& reader) noexcept {
    const auto opcode = reader.fixed<std::uint8_t>();
    const auto operand = static_cast<std::uint8_t>(opcode & 0x3f);
    switch (opcode >> 6) {
      case 1:
        return advance(operand);
      case 2:
        return save(operand, Saved::kAtCfa, scaled(reader.uleb(), cie_.data_alignment));
      case 3:
        return restore(operand);
      default:
        return operand < 0x0b ? execute_common(operand, reader) : execute_rest(operand, reader);
    }
  }

  bool execute_common(std::uint8_t opcode, ByteReader& reader) noexcept {
    switch (opcode) {
      case 0x00:  // nop
        return true;
      case 0x02:  // advance_loc1
        return advance(reader.fixed<std::uint8_t>());
      case 0x03:  // advance_loc2
        return advance(reader.fixed<std::uint16_t>());
      case 0x04:  // advance_loc4
        return advance(reader.fixed<std::uint32_t>());
      case 0x05:  // offset_extended
        return save_scaled(reader.uleb(), reader);
      case 0x06:  // restore_extended
        return restore(reader.uleb());
      case 0x07:  // undefined
        return save(reader.uleb(), Saved::kUndefined, 0);
      case 0x08:  // same_value
        return save(reader.uleb(), Saved::kSame, 0);
      case 0x09:  // register
        save(reader.uleb(), Saved::kOtherwise, 0);
        reader.uleb();
        return true;
      case 0x0a:  // remember_state
        return remember();
      default:  // 0x01, set_loc, which no compiler emits
        return false;
    }
  }

  bool execute_rest(std::uint8_t opcode, ByteReader& reader) noexcept {
    switch (opcode) {
      case 0x0b:  // restore_state
        return recall();
      case 0x0c:  // def_cfa
        define_cfa(reader.uleb());
        row_.cfa_offset = static_cast<std::int64_t>(reader.uleb());
        return true;
      case 0x0d:  // def_cfa_register
        return define_cfa(reader.uleb());
      case 0x0e:  // def_cfa_offset
        row_.cfa_offset = static_cast<std::int64_t>(reader.uleb());
        return true;
      case 0x0f:  // def_cfa_expression
        return define_cfa_by(reader.take(reader.uleb()));
      case 0x10:  // expression
        return save_by_expression(reader.uleb(), reader);
      case 0x11:  // offset_extended_sf
        return save_signed(reader.uleb(), reader);
      case 0x12:  // def_cfa_sf
        define_cfa(reader.uleb());
        return define_signed_offset(reader.sleb());
      case 0x13:  // def_cfa_offset_sf
        return define_signed_offset(reader.sleb());
      case 0x14:  // val_offset
      case 0x15:  // val_offset_sf
        save(reader.uleb(), Saved::kOtherwise, 0);
        reader.uleb();
        return true;
      case 0x16:  // val_expression
        save(reader.uleb(), Saved::kOtherwise, 0);
        reader.take(reader.uleb());
        return true;
      case 0x2e:  // GNU_args_size, for landing pads only
        reader.uleb();
        return true;
      default:
        return false;
    }
  }

  // A row holds from its location on, so the row wanted is complete once the location lies behind it.
  bool advance(std::uint64_t delta) noexcept {
    location_ += delta * cie_.code_alignment;
    passed_ = location_ > distance_;
    return true;
  }

  bool save(std::uint64_t number, Saved how, std::int64_t offset) noexcept {
    if (Register* saved = row_.find(number)) *saved = {how, offset};
    return true;
  }
  bool save_scaled(std::uint64_t number, ByteReader& reader) noexcept {
    return save(number, Saved::kAtCfa, scaled(reader.uleb(), cie_.data_alignment));
  }
  bool save_signed(std::uint64_t number, ByteReader& reader) noexcept {
    return save(number, Saved::kAtCfa,
                scaled(static_cast<std::uint64_t>(reader.sleb()), cie_.data_alignment));
  }
  bool save_by_expression(std::uint64_t number, ByteReader& reader) noexcept {
    const std::optional<std::int64_t> offset = fp_expression(reader.take(reader.uleb()), false);
    return save(number, offset ? Saved::kAtFp : Saved::kOtherwise, offset.value_or(0));
  }
  bool restore(std::uint64_t number) noexcept {
    if (Register* saved = row_.find(number)) *saved = *initial_.find(number);
    return true;
  }

  bool define_cfa(std::uint64_t number) noexcept {
    row_.cfa = CfaForm::kRegister;
    row_.cfa_register = number;
    return true;
  }
  bool define_cfa_by(std::span<const std::uint8_t> expression) noexcept {
    const std::optional<std::int64_t> offset = fp_expression(expression, true);
    row_.cfa_offset = offset.value_or(0);
    row_.cfa = offset ? CfaForm::kDerefFp : CfaForm::kOtherwise;
    return true;
  }
  bool define_signed_offset(std::int64_t factor) noexcept {
    row_.cfa_offset = scaled(static_cast<std::uint64_t>(factor), cie_.data_alignment);
    return true;
  }

  bool remember() noexcept {
    if (remembered_ == kDeepestRemember) return false;
    rows_[remembered_++] = row_;
    return true;
  }
  bool recall() noexcept {
    if (remembered_ == 0) return false;
    row_ = rows_[--remembered_];
    return true;
  }

  const CieContent& cie_;
  const std::uint64_t distance_;  // from the start of the function to the address wanted
  std::uint64_t location_ = 0;
  bool passed_ = false;
  Row row_;
  Row initial_;
  Row rows_[kDeepestRemember];
  std::size_t remembered_ = 0;
};

bool judge_cfa(const Row& row, UnwindRule& rule) noexcept {
  if (row.cfa_offset != static_cast<std::int32_t>(row.cfa_offset)) return false;
  rule.cfa_offset = static_cast<std::int32_t>(row.cfa_offset);
  if (row.cfa == CfaForm::kDerefFp) {
    rule.cfa = CfaRule::kDerefFp;
    return true;
  }
  if (row.cfa != CfaForm::kRegister) return false;
  rule.cfa = row.cfa_register == arch::kDwarfStackPointer ? CfaRule::kSp : CfaRule::kFp;
  return row.cfa_register == arch::kDwarfStackPointer || row.cfa_register == arch::kDwarfFramePointer;
}

// An undefined frame pointer is kept as it is, as the system's unwinder does: nothing of it is needed any
// more.
bool judge_fp(const Register& fp, UnwindRule& rule) noexcept {
  if (fp.how == Saved::kSame || fp.how == Saved::kUndefined) return true;
  const std::int64_t words = fp.offset / 8;
  if (fp.how == Saved::kOtherwise || fp.offset % 8 != 0) return false;
  if (words != static_cast<std::int16_t>(words)) return false;
  rule.fp = fp.how == Saved::kAtCfa ? FpRule::kAtCfa : FpRule::kAtFp;
  rule.fp_words = static_cast<std::int16_t>(words);
  return true;
}

UnwindRule judge(const Row& row) noexcept {
  const Register& pc = row.return_address;
  UnwindRule rule;
  if (pc.how == Saved::kUndefined) return UnwindRule{.cfa = CfaRule::kEnd};
  if (pc.how != Saved::kAtCfa || pc.offset != arch::kReturnAddress || row.sp.how != Saved::kSame)
    return kHardRule;
  return judge_cfa(row, rule) && judge_fp(row.fp, rule) ? rule : kHardRule;
}

}  // namespace

UnwindRule compute_rule(const FrameDescription& description, std::uintptr_t address) noexcept {
  if (address < description.function) return kHardRule;
  const std::optional<CieContent> cie = parse_cie(description.cie);
  if (!cie || cie->return_column != arch::kDwarfReturnAddress) return kHardRule;
  const std::optional<std::span<const std::uint8_t>> program = parse_fde(description.fde, *cie);
  if (!program) return kHardRule;
  if (cie->signal_frame) return UnwindRule{.cfa = CfaRule::kSignal};
  Interpreter interpreter(*cie, description.function, address);
  if (!interpreter.run_initial() || !interpreter.run(*program)) return kHardRule;
  return judge(interpreter.row());
}

}  // namespace padlock::trace
