// Writes a program down as the calls that it comes to: a C++ test to paste into tests/core.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/config.h"
#include "core/fault.h"
#include "program/program.h"

namespace padlock::fuzz {

class Transcript {
 public:
  explicit Transcript(const Setup& setup);
  ~Transcript();

  void add_region(std::size_t bytes, std::size_t index);
  void allocate(const core::AllocRequest& request);
  void allocated(const void* result);
  void deallocate(std::uintptr_t address, const core::FreeRequest& request);
  void resize(std::uintptr_t address, const core::AllocRequest& request, const char* function);
  void usable_size(std::uintptr_t address);
  void flush();
  void coalesce(std::size_t max_blocks);
  void check(core::Moment moment);
  /// `length` bytes, all of one value.
  void poke(std::uintptr_t address, std::size_t length, std::uint8_t value);
  void fault(const core::Fault& fault);

 private:
  [[nodiscard]] std::string name_of(std::uintptr_t address) const;

  std::map<std::uintptr_t, std::string> names_;  // of user pointers, the latest at each address
  unsigned blocks_ = 0;
};

}  // namespace padlock::fuzz
