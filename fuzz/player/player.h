// Plays a program on a checked heap: turns the operands of each op into a concrete call.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/checked_heap.h"
#include "program/program.h"

namespace padlock::fuzz {

class Player {
 public:
  explicit Player(const Program& program, Transcript* transcript = nullptr);
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// All ops, then frees what is left, drains and checks. Aborts where the model disagrees with the heap.
  void play();

 private:
  void step(const Op& op);
  void step_legal(const Op& op);
  void step_misuse(const Op& op);
  void finish();

  // Legal ops (player.cpp)
  void allocate(std::size_t size, std::size_t alignment, core::Origin origin);
  void free_block(const LiveBlock& live, bool sized);
  void free_many(const Op& op);
  void reallocate(const LiveBlock& live, std::size_t size, core::Origin origin);
  void resize(const LiveBlock& live, std::size_t size);

  // Misuse ops (misuse.cpp)
  void overflow(const Op& op);
  void underflow(const Op& op);
  void write_after_free(const Op& op);
  void flip_header(const Op& op);
  void interior(const Op& op);
  void wild(const Op& op);
  void use_given_up(const Op& op);
  void mismatched_free(const Op& op);
  void mis_sized_free(const Op& op);
  void misaligned_free(const Op& op);
  void call_with(std::uintptr_t address, unsigned call, core::Origin origin);
  void write(std::uintptr_t begin, std::uintptr_t end, std::uint8_t byte);
  [[nodiscard]] bool may_write(std::uintptr_t begin, std::uintptr_t end) const;

  [[nodiscard]] const LiveBlock* pick_live(std::size_t index) const;
  [[nodiscard]] const core::BlockSnapshot* pick_freed(std::size_t index) const;
  [[nodiscard]] core::Caller caller();

  const Program& program_;
  CheckedHeap heap_;
  const Op* current_ = nullptr;
  std::uint16_t thread_ = 1;
  std::uint32_t trace_ = 0;
  bool first_allocation_ = true;
  bool fail_growth_ = false;
};

/// The size that a 16-bit operand stands for: itself, but for the last few, which are absurd.
std::size_t size_of(std::uint16_t operand) noexcept;
core::Origin origin_of(std::uint8_t operand) noexcept;

}  // namespace padlock::fuzz
