// Decoding of additions from behind: add, sub and lea.
#include "arch/addition.h"

#include <cstring>
#include <type_traits>

namespace padlock::arch {
namespace {

constexpr unsigned kWide = 0x48;  // REX.W
constexpr unsigned kExtendsRm = 1;
constexpr unsigned kExtendsIndex = 2;
constexpr unsigned kExtendsReg = 4;
constexpr unsigned kSib = 4;     // as a register's number: a SIB byte follows, and there: no index
constexpr unsigned kNoBase = 5;  // in a SIB byte without a displacement

bool is_wide(unsigned rex) noexcept { return (rex & 0xf8) == kWide; }

struct Nothing {};

class Reader {
 public:
  Reader(std::span<const std::uint8_t, kAdditionBytes> code, const Registers& registers) noexcept
      : code_(code), registers_(registers) {}

  Additions read() noexcept {
    read_register_form();
    read_constant_form<std::int8_t>(0x83);
    read_constant_form<std::int32_t>(0x81);
    read_accumulator_form();
    read_address_form<Nothing>(0);
    read_address_form<std::int8_t>(1);
    read_address_form<std::int32_t>(2);
    return found_;
  }

 private:
  // Of the last `size` bytes.
  [[nodiscard]] const std::uint8_t* last(std::size_t size) const noexcept {
    return code_.data() + code_.size() - size;
  }

  void add(std::uintptr_t sum, std::uintptr_t first, std::uintptr_t second) noexcept {
    found_.list[found_.count++] = {sum, {first, second}};
  }

  // add and sub, in either direction, of two registers.
  void read_register_form() noexcept {
    const std::uint8_t* const code = last(3);
    if (!is_wide(code[0]) || code[2] < 0xc0) return;
    const std::size_t reg = ((code[2] >> 3) & 7U) | ((code[0] & kExtendsReg) << 1);
    const std::size_t rm = (code[2] & 7U) | ((code[0] & kExtendsRm) << 3);
    const bool to_reg = (code[1] & 2U) != 0;
    const std::uintptr_t sum = registers_.general[to_reg ? reg : rm];
    const std::uintptr_t other = registers_.general[to_reg ? rm : reg];
    if (reg == rm) return;
    if ((code[1] & ~2U) == 0x01) add(sum, sum - other, other);
    if ((code[1] & ~2U) == 0x29) add(sum, sum + other, 0);
  }

  template <typename Constant>
  [[nodiscard]] std::uintptr_t last_constant() const noexcept {
    Constant constant = 0;
    std::memcpy(&constant, last(sizeof constant), sizeof constant);
    return static_cast<std::uintptr_t>(std::intptr_t{constant});
  }

  void add_constant(std::size_t number, bool subtracted, std::uintptr_t constant) noexcept {
    const std::uintptr_t sum = registers_.general[number];
    add(sum, subtracted ? sum + constant : sum - constant, 0);
  }

  template <typename Constant>
  void read_constant_form(unsigned opcode) noexcept {
    const std::uint8_t* const code = last(3 + sizeof(Constant));
    if (!is_wide(code[0]) || code[1] != opcode || code[2] < 0xc0) return;
    const unsigned extension = (code[2] >> 3) & 7U;
    if (extension != 0 && extension != 5) return;
    const std::size_t rm = (code[2] & 7U) | ((code[0] & kExtendsRm) << 3);
    add_constant(rm, extension == 5, last_constant<Constant>());
  }

  void read_accumulator_form() noexcept {
    const std::uint8_t* const code = last(2 + sizeof(std::int32_t));
    if (code[0] != kWide || (code[1] != 0x05 && code[1] != 0x2d)) return;
    add_constant(0, code[1] == 0x2d, last_constant<std::int32_t>());
  }

  // lea of a base and an index, the displacement of a type that `mode` stands for. What has not been
  // overwritten by the sum is still there; the other one is what is missing to the sum.
  template <typename Displacement>
  void read_address_form(unsigned mode) noexcept {
    constexpr bool kHasDisplacement = !std::is_empty_v<Displacement>;
    const std::uint8_t* const code = last(4 + (kHasDisplacement ? sizeof(Displacement) : 0));
    const unsigned sib = code[3];
    if (!is_wide(code[0]) || code[1] != 0x8d || code[2] >> 6 != mode || (code[2] & 7U) != kSib) return;
    if (mode == 0 && (sib & 7U) == kNoBase) return;
    std::uintptr_t displacement = 0;
    if constexpr (kHasDisplacement) displacement = last_constant<Displacement>();
    const std::size_t to = ((code[2] >> 3) & 7U) | ((code[0] & kExtendsReg) << 1);
    const std::size_t base = (sib & 7U) | ((code[0] & kExtendsRm) << 3);
    const std::size_t index = ((sib >> 3) & 7U) | ((code[0] & kExtendsIndex) << 2);
    if (index == kSib || (base == to && index == to)) return;
    const unsigned shift = sib >> 6;
    const std::uintptr_t sum = registers_.general[to] - displacement;
    const std::uintptr_t scaled =
        index == to ? sum - registers_.general[base] : registers_.general[index] << shift;
    add(sum + displacement, sum - scaled, shift == 0 ? scaled : 0);
  }

  std::span<const std::uint8_t, kAdditionBytes> code_;
  const Registers& registers_;
  Additions found_;
};

}  // namespace

Additions additions_before(std::span<const std::uint8_t, kAdditionBytes> code,
                           const Registers& registers) noexcept {
  return Reader(code, registers).read();
}

}  // namespace padlock::arch
