// Plays a program on a heap whose regions are overwritten at will. Nothing is known of what such a heap must
// find, but of what it must not do: touch anything outside its regions (guard pages see to that), run for
// ever, or hand out memory that somebody has.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "model/judge.h"
#include "model/layout.h"
#include "model/stage.h"
#include "model/transcript.h"
#include "program/program.h"

namespace padlock::fuzz {

class HostilePlayer {
 public:
  /// Every call and every write is written to `transcript`, if there is one, before it is made.
  explicit HostilePlayer(const Program& program, Transcript* transcript = nullptr);
  void play();

 private:
  void step(const Op& op);
  void step_hostile(const Op& op);
  void allocate(const Op& op);
  void deallocate(std::uintptr_t address, core::Origin origin);
  void resize(std::uintptr_t address, std::size_t size);
  void reallocate(std::uintptr_t address, std::size_t size);
  void check();
  bool add_region(std::size_t bytes);
  void* allocate_once(const core::AllocRequest& request);
  void smash(const Op& op);
  void copy(const Op& op);
  void break_out_of_band(const Op& op);
  void overflow_from(std::uintptr_t user, const Op& op);
  void poke(std::uintptr_t address, std::size_t length, std::uint8_t value);
  void flip(std::uintptr_t address, std::size_t length, std::uint8_t bits);
  void flush();
  std::size_t coalesce(std::size_t max_blocks);
  void give_up(int value);

  /// What every call must leave behind.
  void verify();
  void take(void* user, std::size_t size);
  [[nodiscard]] std::uintptr_t pick(std::size_t index) const;
  [[nodiscard]] std::uintptr_t place(std::uint8_t choice, std::uint16_t offset) const;

  const Program& program_;
  Transcript* transcript_;
  Stage stage_;
  bool broken_ = false;  // out of band: nothing but a check may follow
  FaultLog log_;
  std::map<std::uintptr_t, std::size_t> live_;  // user pointer to size, of what was handed out and not freed
  std::vector<std::uintptr_t> freed_;
};

}  // namespace padlock::fuzz
