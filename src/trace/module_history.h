// Which modules stacks were captured in, those that are unloaded by now included: an address alone means
// something else once another module is mapped there.
//
// A generation (rules_generation) begins whenever the loader changes its list of modules, before code of a
// new module can run. A module is noted when a return address in it is met for the first time in a
// generation, and each stack in the depot has the generation of its capture; so both together say which
// module an address was in.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/range.h"
#include "os/module_identity.h"
#include "trace/growing_array.h"

namespace padlock::trace {

/// Thread-safe without a lock, async-signal-safe. Records stay for good; what does not fit is not recorded.
class ModuleHistory {
 public:
  using MapMemory = void* (*)(std::size_t bytes);

  constexpr ModuleHistory() noexcept = default;

  /// `address` was met on a stack that is being captured in this generation.
  void note(std::uintptr_t address, std::uint32_t generation, MapMemory map = map_pages) noexcept;

  /// The module that held `address` in that generation, or null where nothing was noted.
  [[nodiscard]] const os::ModuleIdentity* find(std::uintptr_t address,
                                               std::uint32_t generation) const noexcept;
  /// The same, if it is not loaded there any more.
  [[nodiscard]] const os::ModuleIdentity* find_unloaded(std::uintptr_t address,
                                                        std::uint32_t generation) const noexcept;

  /// What distinguishes the stack from one of the same addresses in other modules, to be added to its hash: 0
  /// as long as no module has been where another one was before.
  [[nodiscard]] std::uint64_t salt_of(std::span<const std::uintptr_t> pcs) const noexcept {
    return contested_end_.load(std::memory_order_relaxed) == 0 ? 0 : salt_in_contested(pcs);
  }

 private:
  struct Record {
    os::ModuleIdentity module;
    std::uint64_t salt;
    std::uint32_t first;              // generation
    std::atomic<std::uint32_t> last;  // seen in
    std::atomic<bool> complete;

    [[nodiscard]] bool overlaps(const AddressRange& range) const noexcept {
      return module.range.begin < range.end && range.begin < module.range.end;
    }
  };

  static void* map_pages(std::size_t bytes);
  [[nodiscard]] Record* latest(std::uintptr_t address, std::uint32_t generation) const noexcept;
  [[nodiscard]] std::uint64_t salt_for(const os::ModuleIdentity& module, std::uint64_t records) noexcept;
  [[nodiscard]] std::uint64_t salt_in_contested(std::span<const std::uintptr_t> pcs) const noexcept;
  void contest(const AddressRange& range) noexcept;
  [[nodiscard]] std::uint64_t size() const noexcept;

  using Records = GrowingArray<Record, 5, 256>;

  std::atomic<std::uint64_t> given_{0};
  std::atomic<Record*> lately_{nullptr};  // met: frames of a module follow one another
  std::atomic<std::uintptr_t> contested_begin_{
      ~std::uintptr_t{0}};  // of all places where modules followed others
  std::atomic<std::uintptr_t> contested_end_{0};
  Records records_;
};

extern constinit ModuleHistory module_history;

}  // namespace padlock::trace
