// Decoding of the few instructions that compilers put between looking a virtual function up and calling it.
#include "arch/loaded_call.h"

#include <cstring>

namespace padlock::arch {
namespace {

constexpr unsigned kNone = 16;  // no general register

struct Step {
  std::size_t length = 0;    // 0: not known
  unsigned written = kNone;  // general register that is written
  unsigned called = kNone;   // what is called or jumped to
  std::size_t branch = 0;    // where a conditional jump may lead, from the instruction's start; 0: nowhere
  bool loads_word = false;   // `written` from memory
};

class Stepper {
 public:
  explicit Stepper(std::span<const std::uint8_t> code) noexcept : code_(code) {}

  Step step() noexcept {
    if (peek() == 0x66) next();
    if ((peek() & 0xf0U) == 0x40) rex_ = next();
    const unsigned opcode = next();
    const bool known = opcode == 0x0f ? read_two_bytes() : read_one_byte(opcode);
    if (known && !cut_off_) step_.length = at_;
    return step_;
  }

 private:
  [[nodiscard]] unsigned peek() const noexcept { return at_ < code_.size() ? code_[at_] : 0; }
  unsigned next() noexcept {
    if (at_ < code_.size()) return code_[at_++];
    cut_off_ = true;
    return 0;
  }
  bool skip(std::size_t bytes) noexcept {
    at_ += bytes;
    cut_off_ = cut_off_ || at_ > code_.size();
    return true;
  }

  // With SIB and displacement.
  void read_modrm() noexcept {
    const unsigned modrm = next();
    mode_ = modrm >> 6;
    reg_ = ((modrm >> 3) & 7U) | ((rex_ & 4U) << 1);
    rm_ = (modrm & 7U) | ((rex_ & 1U) << 3);
    if (mode_ == 3) return;
    const unsigned base = (modrm & 7U) == 4 ? next() & 7U : modrm & 7U;
    if (mode_ == 1) skip(1);
    if (mode_ == 2 || (mode_ == 0 && base == 5)) skip(4);
  }

  bool read_one_byte(unsigned opcode) noexcept {
    if (opcode == 0x90) return true;
    if ((opcode & 0xf0U) == 0x70) return read_short_branch();
    if ((opcode & 0xf8U) == 0xb8) {
      step_.written = (opcode & 7U) | ((rex_ & 1U) << 3);
      return skip((rex_ & 8U) != 0 ? 8 : 4);
    }
    read_modrm();
    switch (opcode) {
      case 0x38:  // cmp, test
      case 0x39:
      case 0x3a:
      case 0x3b:
      case 0x84:
      case 0x85:
        return true;
      case 0x88:  // mov to memory or a register; arithmetic alike
      case 0x89:
      case 0x01:
      case 0x29:
      case 0x31:
        if (mode_ == 3) step_.written = rm_;
        return true;
      case 0x8b:
        step_.loads_word = mode_ != 3 && (rex_ & 8U) != 0;
        step_.written = reg_;
        return true;
      case 0x03:
      case 0x2b:
      case 0x33:
      case 0x63:  // movslq
      case 0x8d:  // lea
        step_.written = reg_;
        return true;
      case 0x80:  // arithmetic with a constant
      case 0x83:
      case 0xc6:
        return write_by_constant() && skip(1);
      case 0x81:
      case 0xc7:
        return write_by_constant() && skip(4);
      case 0xff:
        return read_call();
      default:
        return false;
    }
  }

  bool write_by_constant() noexcept {
    constexpr unsigned kComparison = 7;
    if (mode_ == 3 && (reg_ & 7U) != kComparison) step_.written = rm_;
    return true;
  }

  bool read_two_bytes() noexcept {
    const unsigned opcode = next();
    if ((opcode & 0xf0U) == 0x80) return read_near_branch();
    read_modrm();
    const bool extends = opcode == 0xb6 || opcode == 0xb7 || opcode == 0xbe || opcode == 0xbf;
    if (extends) step_.written = reg_;
    const bool moves_vector = opcode == 0x10 || opcode == 0x11 || opcode == 0x28 || opcode == 0x29 ||
                              opcode == 0x57 || opcode == 0x6f || opcode == 0x7f || opcode == 0xef;
    return extends || moves_vector || opcode == 0x1f;
  }

  bool read_short_branch() noexcept {
    const unsigned distance = next();
    if (distance < 0x80) step_.branch = at_ + distance;
    return true;
  }
  bool read_near_branch() noexcept {
    std::uint32_t distance = 0;
    if (code_.size() - at_ >= sizeof distance) std::memcpy(&distance, code_.data() + at_, sizeof distance);
    skip(sizeof distance);
    if (distance < kLoadedCallBytes) step_.branch = at_ + distance;
    return true;
  }
  bool read_call() noexcept {
    const unsigned extension = reg_ & 7U;
    if (mode_ != 3 || (extension != 2 && extension != 4)) return false;
    step_.called = rm_;
    return true;
  }

  std::span<const std::uint8_t> code_;
  std::size_t at_ = 0;
  unsigned rex_ = 0;
  unsigned mode_ = 0;
  unsigned reg_ = 0;
  unsigned rm_ = 0;
  Step step_;
  bool cut_off_ = false;
};

// Goes on from `at` with the function in register `function`; a jump that may be taken is left in `branch`.
bool reaches_call(std::span<const std::uint8_t> code, std::size_t at, unsigned function,
                  std::size_t& branch) noexcept {
  constexpr int kMostSteps = 16;
  for (int steps = 0; steps < kMostSteps && at < code.size(); ++steps) {
    const Step step = Stepper(code.subspan(at)).step();
    if (step.length == 0) return false;
    if (step.called != kNone) return step.called == function;
    if (step.written == function) return false;
    if (step.branch != 0 && branch == 0) branch = at + step.branch;
    at += step.length;
  }
  return false;
}

}  // namespace

bool calls_what_it_loads(std::span<const std::uint8_t> code) noexcept {
  code = code.first(code.size() < kLoadedCallBytes ? code.size() : kLoadedCallBytes);
  const Step load = Stepper(code).step();
  if (load.length == 0 || !load.loads_word) return false;
  std::size_t branch = 0;
  if (reaches_call(code, load.length, load.written, branch)) return true;
  // What was expected is behind the comparison itself, anything else is called where the jump leads.
  std::size_t ignored = 1;
  return branch != 0 && reaches_call(code, branch, load.written, ignored);
}

}  // namespace padlock::arch
