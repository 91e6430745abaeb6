// Decoding of instructions as far as their addresses go: prefixes, which opcodes have a ModRM byte, ModRM and
// SIB, and the operands that an opcode implies.
#include "arch/operand.h"

#include <cstring>
#include <optional>

namespace padlock::arch {
namespace {

using Use = AddressOperand::Use;

enum Register : unsigned { kRax, kRcx, kRdx, kRbx, kRsp, kRbp, kRsi, kRdi };

constexpr std::uintptr_t kWord = 8;  // bytes that a push or a pop moves

// The opcodes of one map, a bit each.
class OpcodeSet {
 public:
  constexpr OpcodeSet& add(unsigned first, unsigned last) {
    for (unsigned opcode = first; opcode <= last; ++opcode)
      bits_[opcode / 64] |= std::uint64_t{1} << opcode % 64;
    return *this;
  }
  constexpr OpcodeSet& add(unsigned opcode) { return add(opcode, opcode); }
  [[nodiscard]] constexpr bool has(unsigned opcode) const {
    return ((bits_[opcode / 64] >> opcode % 64) & 1) != 0;
  }

 private:
  std::uint64_t bits_[4] = {};
};

// Of the one-byte opcodes, those with a ModRM operand that is accessed: all but lea.
constexpr OpcodeSet one_byte_operands() {
  OpcodeSet set;
  for (unsigned row = 0; row < 0x40; row += 8) set.add(row, row + 3);
  return set.add(0x63)
      .add(0x69)
      .add(0x6b)
      .add(0x80, 0x8c)
      .add(0x8e, 0x8f)
      .add(0xc0, 0xc1)
      .add(0xc6, 0xc7)
      .add(0xd0, 0xd3)
      .add(0xd8, 0xdf)
      .add(0xf6, 0xf7)
      .add(0xfe, 0xff);
}
// Of those behind 0f, the ones without such an operand: no ModRM byte, or one that is a hint or names
// registers.
constexpr OpcodeSet two_byte_others() {
  OpcodeSet set;
  return set.add(0x04, 0x0c)
      .add(0x0d, 0x0e)
      .add(0x18, 0x1f)
      .add(0x20, 0x27)
      .add(0x30, 0x3f)
      .add(0x77)
      .add(0x80, 0x8f)
      .add(0xa0, 0xa2)
      .add(0xa8, 0xaa)
      .add(0xc8, 0xcf)
      .add(0xb9)
      .add(0xff);
}
constexpr OpcodeSet kOneByteOperands = one_byte_operands();
constexpr OpcodeSet kTwoByteOthers = two_byte_others();

enum class Map : std::uint8_t { kOneByte, kTwoByte, kOther };  // kOther: each opcode has an operand

class Decoder {
 public:
  Decoder(std::span<const std::uint8_t> code, const Registers& registers) noexcept
      : code_(code.first(code.size() < kMaxInstruction ? code.size() : kMaxInstruction)),
        registers_(registers) {}

  AddressOperands decode() noexcept {
    read_prefixes();
    const unsigned opcode = read_opcode();
    if (!bad_ && !short_addresses_) {
      add_implied(opcode);
      if (has_operand(opcode)) add_from_modrm(opcode);
    }
    return bad_ ? AddressOperands{} : found_;
  }

 private:
  unsigned next() noexcept {
    if (at_ < code_.size()) return code_[at_++];
    bad_ = true;
    return 0;
  }
  [[nodiscard]] unsigned peek() const noexcept { return at_ < code_.size() ? code_[at_] : 0; }

  template <typename Number>
  std::uintptr_t next_signed() noexcept {
    Number number = 0;
    if (code_.size() - at_ < sizeof number) {
      bad_ = true;
      return 0;
    }
    std::memcpy(&number, code_.data() + at_, sizeof number);
    at_ += sizeof number;
    return static_cast<std::uintptr_t>(std::intptr_t{number});
  }

  [[nodiscard]] std::uintptr_t general(unsigned number) const noexcept {
    return registers_.general[number % 16];
  }

  void add(const AddressOperand& operand) noexcept {
    if (found_.count < found_.list.size()) found_.list[found_.count++] = operand;
  }
  void add_at(unsigned number, std::uintptr_t offset = 0, Use use = Use::kAccess) noexcept {
    add({.address = general(number) + offset, .use = use, .base = general(number)});
  }
  void add_push() noexcept { add_at(kRsp, 0 - kWord); }

  static bool is_legacy_prefix(unsigned byte) noexcept {
    switch (byte) {
      case 0x26:
      case 0x2e:
      case 0x36:
      case 0x3e:
      case 0x64:
      case 0x65:
      case 0x66:
      case 0x67:
      case 0xf0:
      case 0xf2:
      case 0xf3:
        return true;
      default:
        return false;
    }
  }

  void read_prefixes() noexcept {
    for (; at_ < code_.size() && is_legacy_prefix(peek()); ++at_) {
      if (peek() == 0x67) short_addresses_ = true;
    }
    if ((peek() & 0xf0) != 0x40) return;
    rex_ = next();
  }

  // Behind the opcode, whose map is then known.
  unsigned read_opcode() noexcept {
    const unsigned first = next();
    if (rex_ == 0) {
      if (first == 0xc5) return read_vex(true);
      if (first == 0xc4) return read_vex(false);
      if (first == 0x62) return read_evex();
      if (first == 0x8f && (peek() & 0x1f) >= 8) return read_vex(false);  // XOP
    }
    if (first != 0x0f) return first;
    map_ = Map::kTwoByte;
    const unsigned second = next();
    if (second != 0x38 && second != 0x3a) return second;
    map_ = Map::kOther;
    return next();
  }

  // The bits that extend register numbers are inverted in these.
  unsigned read_vex(bool is_short) noexcept {
    const unsigned inverted = ~next();
    unsigned map = 1;
    rex_ = (inverted >> 5) & 4;  // R
    if (!is_short) {
      map = ~inverted & 0x1f;
      rex_ = (inverted >> 5) & 7;  // R, X, B
      next();
    }
    return read_vector_opcode(map);
  }

  unsigned read_evex() noexcept {
    const unsigned inverted = ~next();
    rex_ = (inverted >> 5) & 7;
    const unsigned element = (next() & 0x80) != 0 ? 8 : 4;
    const unsigned last = next();
    const bool broadcast = (last & 0x10) != 0;
    const unsigned opcode = read_vector_opcode(~inverted & 7);
    unit_ = broadcast || indexed_by_vector_ ? element : 16U << ((last >> 5) & 3);
    return opcode;
  }

  unsigned read_vector_opcode(unsigned map) noexcept {
    map_ = map == 1 ? Map::kTwoByte : Map::kOther;
    const unsigned opcode = next();
    const bool gathers = (opcode >= 0x90 && opcode <= 0x93) || (opcode >= 0xa0 && opcode <= 0xa3) ||
                         opcode == 0xc6 || opcode == 0xc7;
    indexed_by_vector_ = map == 2 && gathers;
    return opcode;
  }

  [[nodiscard]] bool has_operand(unsigned opcode) const noexcept {
    if (map_ == Map::kOneByte) return kOneByteOperands.has(opcode);
    return map_ == Map::kOther || !kTwoByteOthers.has(opcode);
  }

  void add_implied(unsigned opcode) noexcept {
    if (map_ == Map::kTwoByte) return add_implied_of_two_bytes(opcode);
    if (map_ != Map::kOneByte) return;
    switch (opcode) {
      case 0x68:  // push of a constant
      case 0x6a:
      case 0x9c:
      case 0xc8:  // enter
      case 0xe8:  // call
        return add_push();
      case 0x9d:
      case 0xca:  // far returns
      case 0xcb:
        return add_at(kRsp);
      case 0xc2:
      case 0xc3:
        return add_at(kRsp, 0, Use::kJumpThrough);
      case 0xc9:  // leave
        return add_at(kRbp);
      case 0xd7:  // xlat
        return add_at(kRbx, general(kRax) & 0xff);
      case 0xa4:  // movs
      case 0xa5:
      case 0xa6:  // cmps
      case 0xa7:
        add_at(kRsi);
        return add_at(kRdi);
      case 0x6e:  // outs
      case 0x6f:
      case 0xac:  // lods
      case 0xad:
        return add_at(kRsi);
      case 0x6c:  // ins
      case 0x6d:
      case 0xaa:  // stos
      case 0xab:
      case 0xae:  // scas
      case 0xaf:
        return add_at(kRdi);
      default:
        if ((opcode & 0xf8) == 0x50) return add_push();
        if ((opcode & 0xf8) == 0x58) return add_at(kRsp);
    }
  }

  void add_implied_of_two_bytes(unsigned opcode) noexcept {
    if (opcode == 0xa0 || opcode == 0xa8) return add_push();
    if (opcode == 0xa1 || opcode == 0xa9) return add_at(kRsp);
    if (opcode == 0xf7) add_at(kRdi);  // maskmovq, maskmovdqu
  }

  // The group of ff: what is at the operand may be a place to go to, and be pushed.
  [[nodiscard]] bool is_branch(unsigned opcode, unsigned modrm) const noexcept {
    const unsigned extension = (modrm >> 3) & 7;
    return map_ == Map::kOneByte && opcode == 0xff && (extension == 2 || extension == 4);
  }

  void add_from_modrm(unsigned opcode) noexcept {
    const unsigned modrm = next();
    const unsigned extension = (modrm >> 3) & 7;
    const bool branch = is_branch(opcode, modrm);
    if (modrm >= 0xc0) {
      if (branch) add({.address = general((modrm & 7) | ((rex_ & 1) << 3)), .use = Use::kJump});
    } else if (auto operand = read_memory_operand(modrm, branch)) {
      operand->use = branch ? Use::kJumpThrough : Use::kAccess;
      add(*operand);
    }
    if (map_ != Map::kOneByte) return;
    if (opcode == 0xff && (extension == 2 || extension == 3 || extension == 6)) add_push();
    if (opcode == 0x8f) add_at(kRsp);
  }

  std::optional<AddressOperand> read_memory_operand(unsigned modrm, bool last) noexcept {
    AddressOperand operand;
    const unsigned mode = modrm >> 6;
    bool has_base = true;
    if ((modrm & 7) == kRsp) {
      has_base = read_sib(mode, operand);
    } else if (mode == 0 && (modrm & 7) == kRbp) {
      const std::uintptr_t distance = next_signed<std::int32_t>();
      if (!last) return std::nullopt;  // a constant may follow, which counts
      operand.address = registers_.instruction + at_ + distance;
      return operand;
    } else {
      operand.base = general((modrm & 7) | ((rex_ & 1) << 3));
    }
    operand.address += operand.base;
    if (mode == 1) operand.address += next_signed<std::int8_t>() * unit_;
    if (mode == 2 || !has_base) operand.address += next_signed<std::int32_t>();
    return operand;
  }

  // Whether there is a base.
  bool read_sib(unsigned mode, AddressOperand& operand) noexcept {
    const unsigned sib = next();
    const unsigned index = ((sib >> 3) & 7) | ((rex_ & 2) << 2);
    if (index != kRsp && !indexed_by_vector_) {
      operand.index = general(index);
      operand.scale = 1U << (sib >> 6);
      operand.address = operand.index * operand.scale;
    }
    if (mode == 0 && (sib & 7) == kRbp) return false;
    operand.base = general((sib & 7) | ((rex_ & 1) << 3));
    return true;
  }

  std::span<const std::uint8_t> code_;
  const Registers& registers_;
  AddressOperands found_;
  std::size_t at_ = 0;
  Map map_ = Map::kOneByte;
  unsigned rex_ = 0;   // W, R, X, B, wherever they came from
  unsigned unit_ = 1;  // bytes, of an 8-bit displacement
  bool short_addresses_ = false;
  bool indexed_by_vector_ = false;
  bool bad_ = false;
};

}  // namespace

Registers registers_of(const Context& context) noexcept {
  constexpr int kOrder[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                            REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  Registers registers;
  for (std::size_t i = 0; i < registers.general.size(); ++i) {
    registers.general[i] = register_of(context, static_cast<std::size_t>(kOrder[i]));
  }
  registers.instruction = instruction_of(context);
  return registers;
}

AddressOperands address_operands(std::span<const std::uint8_t> code, const Registers& registers) noexcept {
  return Decoder(code, registers).decode();
}

}  // namespace padlock::arch
