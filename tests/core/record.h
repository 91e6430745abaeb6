// All that a heap has done in a run, as one number: which addresses it handed out, what it counts, and every
// field of every fault. The core is a function of regions, configuration and seed, so the number is the same
// in every run and build. One that has changed says that some decision has: which block is reused, when
// blocks are merged, how a fault is described. If that is meant, the test gets the new number.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/random.h"
#include "core/config.h"
#include "core/fault.h"

namespace padlock::core::test {

class Record {
 public:
  template <typename... Value>
  void add(Value... values) {
    ((digest_ = mix64(digest_ + 0x9E3779B97F4A7C15U + static_cast<std::uint64_t>(values))), ...);
  }

  void add_stats(const HeapStats& stats) {
    add(stats.live_blocks, stats.live_bytes, stats.live_block_bytes, stats.quarantined_blocks,
        stats.quarantined_bytes, stats.ready_bytes, stats.free_bytes, stats.unallocated_bytes,
        stats.condemned_bytes, stats.regions);
  }

  void add_block(const BlockSnapshot& block) {
    add(block.header, block.user, block.block_size, block.requested, block.alignment, block.number,
        block.alloc_trace, block.free_trace, block.alloc_thread, block.free_thread, block.state, block.origin,
        block.sealed, block.size_shown, block.origin_shown);
  }

  void add_fault(const Fault& fault) {
    add(fault.kind, fault.moment, fault.call, fault.blame, fault.pointer_class, fault.given_origin,
        fault.address, fault.table, fault.given, fault.accessed.address, fault.accessed.length);
    add_block(fault.block);
    add_block(fault.neighbour);
    const Damage& damage = fault.damage;
    add(damage.address, damage.offset, damage.length, damage.at_least, damage.apart, damage.changed,
        damage.somewhere, damage.window.start, damage.window.size);
    for (std::size_t i = 0; i < damage.window.size; ++i) {
      add(damage.window.found[i], damage.window.known[i] ? damage.window.expected[i] : 256U);
    }
    add(fault.read.use, fault.read.part, fault.read.value, fault.read.offset, fault.read.source);
  }

  /// Whether it is `expected`. Memory lies elsewhere under ThreadSanitizer, and seals depend on addresses.
  [[nodiscard]] bool is(std::uint64_t expected) const {
#ifdef __SANITIZE_THREAD__
    static_cast<void>(expected);
    return true;
#else
    return digest_ == expected;
#endif
  }
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  std::uint64_t digest_ = 0;
};

}  // namespace padlock::core::test
