// Structure-aware mutation and crossover of programs: whole ops are added, dropped, moved and varied, with
// operands that mean something. The same code serves libFuzzer and AFL++.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "program/program.h"

namespace padlock::fuzz {

/// Pure functions of their arguments and the generator; the results encode to at most `max_bytes`.
class Mutator {
 public:
  Mutator(Dialect dialect, std::uint64_t seed) noexcept : dialect_(dialect), random_(seed) {}

  std::vector<std::uint8_t> mutate(std::span<const std::uint8_t> bytes, std::size_t max_bytes);
  std::vector<std::uint8_t> cross(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                  std::size_t max_bytes);

 private:
  using Ops = std::vector<Op>;

  void mutate_once(Program& program);
  void insert(Ops& ops);
  void insert_idiom(Ops& ops);
  void erase(Ops& ops);
  void duplicate(Ops& ops);
  void swap(Ops& ops);
  void vary(Ops& ops);
  void vary_setup(Setup& setup);

  [[nodiscard]] Op random_op();
  [[nodiscard]] Op op(OpKind kind);
  [[nodiscard]] std::uint16_t random_operand(Operand operand);
  void set_operand(Op& op, std::size_t index, std::uint16_t value) noexcept;
  [[nodiscard]] std::size_t place(const Ops& ops) { return below(ops.size() + 1); }
  [[nodiscard]] std::uint32_t below(std::size_t bound) noexcept {
    return static_cast<std::uint32_t>(((random_.next() >> 32) * bound) >> 32);
  }

  Dialect dialect_;
  Random random_;
};

}  // namespace padlock::fuzz
