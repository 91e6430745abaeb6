// Writes a program down as the calls that it comes to: a C++ test to paste into tests/core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "core/config.h"
#include "core/fault.h"
#include "program/program.h"

namespace padlock::fuzz {

class Transcript {
 public:
  explicit Transcript(const Setup& setup);
  ~Transcript();

  void add_region(std::span<const std::byte> blocks, std::size_t index);
  void allocate(const core::AllocRequest& request);
  void allocated(const void* result);
  void deallocate(std::uintptr_t address, const core::FreeRequest& request);
  void resize(std::uintptr_t address, const core::AllocRequest& request, const char* function);
  void usable_size(std::uintptr_t address);
  void flush();
  void coalesce(std::size_t max_blocks);
  /// `value` as GivenUp has it.
  void give_up(int value);
  void give_up_insides();
  void check(core::Moment moment);
  /// `length` bytes of a region, all of one value.
  void poke(std::uintptr_t address, std::size_t length, std::uint8_t value);
  void flip(std::uintptr_t address, std::size_t length, std::uint8_t bits);
  void copy(std::uintptr_t to, std::uintptr_t from, std::size_t length);
  void fault(const core::Fault& fault);
  void remark(const char* text);

 private:
  [[nodiscard]] std::string name_of(std::uintptr_t address) const;
  /// Name and offset of the nearest name at or below `address`, as two arguments.
  [[nodiscard]] std::string place_of(std::uintptr_t address) const;

  std::map<std::uintptr_t, std::string> names_;  // of regions and user pointers, the latest at each address
  unsigned blocks_ = 0;
};

}  // namespace padlock::fuzz
