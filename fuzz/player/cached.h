// Plays a program on a heap with three caches in front, as threads have them, and a stock between them and
// the heap, as arenas have one: most blocks are handed out by one cache and freed into any. The protocol is
// the runtime's; what must hold is worked out from the calls.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/cache/block_cache.h"
#include "core/cache/block_stock.h"
#include "model/judge.h"
#include "model/stage.h"
#include "program/program.h"

namespace padlock::fuzz {

class CachedPlayer {
 public:
  explicit CachedPlayer(const Program& program);
  void play();

 private:
  static constexpr std::size_t kCaches = 3;

  struct Held {
    std::size_t size = 0;
    core::Origin origin = core::Origin::kMalloc;
    core::Caller by;
    std::uint8_t fill = 0;
  };

  /// A cache and the slots it works with.
  struct Front {
    Front(const core::Heap& heap, const Setup& setup);
    std::vector<core::BlockSlot> quarantine;
    std::vector<core::BlockSlot> ready;
    core::BlockCache cache;
  };

  // Legal steps
  void step(const Op& op);
  void allocate(std::size_t size, core::Origin origin, std::size_t alignment = 0);
  void* take(const core::AllocRequest& request);
  bool refill(const core::AllocRequest& request);
  bool lend_aligned(const core::AllocRequest& request, core::BlockSlot& lent);
  void* take_from_heap(const core::AllocRequest& request);
  void keep(void* memory, const core::AllocRequest& request);
  void free_block(std::uintptr_t user);
  void note_freed(std::uintptr_t user);
  bool resize_quickly(std::uintptr_t user, const core::AllocRequest& request);
  void resize(std::uintptr_t user, std::size_t size);
  void drain(core::BlockCache& cache);
  bool merge_stock();
  void drain_all();
  void give_up(int value);
  void return_surplus();
  void send_home(std::span<const core::BlockSlot> slots);
  void hold_back(core::BlockCache& cache);
  void check();

  // Bugs (cached_misuse.cpp). At most one damage waits to be found at a time.
  void step_misuse(const Op& op);
  void overflow(std::uintptr_t user, std::uint8_t length, std::uint8_t bits);
  void overrun(std::uintptr_t user, const Op& op);
  void write_after_free(const Op& op);
  void flip_header(const Op& op);
  void free_badly(const Op& op);
  void use_freed(const Op& op);
  void free_twice_at_once(const Op& op);

  // What must hold
  void expect(core::FaultKind kind, std::uintptr_t block, std::int64_t offset = 0, std::uint64_t length = 0);
  void judge();
  [[nodiscard]] bool found(const core::Fault& fault);
  void verify();
  void verify_identity(std::uintptr_t user, const Held& held) const;
  void verify_contents(std::uintptr_t user, const Held& held, std::size_t size) const;

  [[nodiscard]] core::BlockCache& cache() noexcept { return fronts_[current_]->cache; }
  /// It learns how many numbers the caches have given away.
  [[nodiscard]] core::Heap& heap() noexcept {
    stage_.heap().observe_number(number_);
    return stage_.heap();
  }
  [[nodiscard]] std::size_t holders(const core::BlockHeader* block) const;
  static bool is_cached(const core::BlockHeader* block, const void* player);
  [[nodiscard]] core::Caller caller();
  [[nodiscard]] std::uintptr_t pick(std::size_t index) const;
  /// Freed, and in exactly one cache since.
  [[nodiscard]] std::uintptr_t pick_cached(std::size_t index) const;

  const Program& program_;
  Stage stage_;
  std::vector<std::unique_ptr<Front>> fronts_;
  std::vector<core::BlockSlot> stock_memory_;
  core::BlockStock stock_;
  std::vector<core::BlockSlot> kept_slots_;
  core::Quarantine kept_;  // as an arena's
  std::size_t current_ = 0;
  FaultLog log_;
  std::vector<core::Fault> expected_;  // of the call that is made
  std::map<std::uintptr_t, Held> live_;
  std::vector<std::uintptr_t> freed_;  // the latest
  std::optional<core::Fault> damage_;  // made, and not reported yet
  std::uintptr_t twice_ = 0;           // freed by two caches at once, and not reported yet
  std::size_t twice_counted_ = 0;      // bytes that were counted twice by that
  std::uint64_t number_ = 0;
};

}  // namespace padlock::fuzz
