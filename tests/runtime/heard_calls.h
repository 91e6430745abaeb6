// Blocks of each kind to pass to calls of libc's functions, and what is reported of these.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config.h"
#include "runtime/calls/allocator.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/interposed/glance.h"
#include "runtime/interposed/library_call.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/segment_table.h"
#include "runtime/memory/settings.h"
#include "runtime/process/api.h"
#include "runtime/process/init.h"
#include "runtime/threads/fault_list.h"

namespace padlock::runtime {

enum class BlockKind { kSmall, kGuarded, kLarge };

/// The last bytes of a live block, as many as were asked for.
struct Tail {
  char* begin = nullptr;
  std::size_t size = 0;
  std::size_t ahead = 0;  // bytes of the block before it
  BlockKind kind = BlockKind::kSmall;

  [[nodiscard]] std::string block() const {
    const std::string bytes = std::to_string(ahead + size);
    const bool an = bytes[0] == '8' || bytes == "11" || bytes == "18";
    return (an ? "an " : "a ") + bytes + "-byte block";
  }
};

inline std::string in_bytes(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

/// Of a call that `access`es ("reads") so many bytes, from an offset in the tail on: past its end.
inline std::string past_end(const Tail& tail, std::string_view access, std::size_t size, std::size_t offset) {
  return "heap-buffer-overflow: memcpy() " + std::string(access) + " " + in_bytes(size) + " at offset " +
         std::to_string(tail.ahead + offset) + " of " + tail.block() + ", " +
         in_bytes(offset + size - tail.size) + " past its end\n";
}
/// Of a copy within the tail.
inline std::string overlapping(const Tail& tail, std::size_t size, std::size_t to, std::size_t from) {
  const std::size_t shared = size - (to > from ? to - from : from - to);
  return "overlapping-copy: memcpy() copies " + in_bytes(size) + " from offset " +
         std::to_string(tail.ahead + from) + " to offset " + std::to_string(tail.ahead + to) + " of " +
         tail.block() + ": " + in_bytes(shared) + (shared == 1 ? " overlaps\n" : " overlap\n");
}

class HeardCalls : public testing::Test {
 protected:
  static constexpr std::size_t kLarge = 300000;

  HeardCalls() {
    initialize();
    set_fault_callback(hear, this);
  }
  ~HeardCalls() override {
    EXPECT_EQ(heard(), "");
    set_fault_callback(nullptr, nullptr);
    for (const Tail& tail : blocks_) give(tail);
  }

  // Other tests of the process may have poisoned pieces of blocks.
  void SetUp() override {
    const Tail small = tail(BlockKind::kSmall, 1);
    if (pool_marks.in_use() || !is_common(segment_table.mark_of(address_of(small.begin))))
      GTEST_SKIP() << "calls are looked at in other ways here";
  }

  /// Of which everything is looked at.
  static core::Call call() { return core::Call::kMemcpy; }
  [[gnu::noinline]] static trace::FrameState here() { return PADLOCK_CALLER_STATE(); }

  /// What is reported where `words(site)` are said of a call.
  template <typename Words>
  [[gnu::noinline]] std::string said(Words words) {
    const LibraryCall site(call(), __builtin_frame_address(0));
    words(site);
    return heard();
  }
  /// Whether a quick look leaves the call to the close look, as it does where there is text in the heap.
  template <typename Words>
  static bool is_left(Words words) {
    Glance<Sight::kNear> near;
    words(near);
    return near.shows_too_little();
  }

  /// Filled with 'x'. A block of its size, but for large ones.
  Tail tail(BlockKind kind, std::size_t size) {
    Tail made;
    made.size = size;
    made.kind = kind;
    made.ahead = kind == BlockKind::kLarge ? kLarge - size : 0;
    made.begin = kind == BlockKind::kGuarded ? guarded(size) : taken(made.ahead + size);
    if (made.begin == nullptr) throw std::bad_alloc();
    made.begin += made.ahead;
    std::memset(made.begin, 'x', size);
    blocks_.push_back(made);
    return made;
  }
  std::vector<Tail> tails(std::size_t size) {
    return {tail(BlockKind::kSmall, size), tail(BlockKind::kGuarded, size), tail(BlockKind::kLarge, size)};
  }
  /// Frees the block; it stays in quarantine.
  void free_block(const Tail& tail) {
    give(tail);
    std::erase_if(blocks_, [&](const Tail& one) { return one.begin == tail.begin; });
  }

  /// What was reported since, a line for each.
  std::string heard() { return std::exchange(heard_, {}); }

 private:
  static void hear(const padlock_fault* fault, void* self) {
    const std::string_view summary = fault->summary;
    static_cast<HeardCalls*>(self)->heard_ += summary.substr(summary.find("Padlock: ") + 9);
    static_cast<HeardCalls*>(self)->heard_ += '\n';
  }
  static char* taken(std::size_t size) { return static_cast<char*>(allocate({size}, here())); }
  static char* guarded(std::size_t size) {
    static const bool begun = [] {
      GuardedBlocks::Limits limits;
      limits.exact = true;
      guarded_blocks.set_up(settings.keys, limits);
      return guarded_blocks.begin();
    }();
    static std::uint64_t number = 1000;
    core::AllocRequest request;
    request.size = size;
    request.by.number = ++number;
    return begun ? static_cast<char*>(guarded_blocks.allocate(request, GuardedSide::kBack)) : nullptr;
  }
  static void give(const Tail& tail) { release(tail.begin - tail.ahead, {}, here()); }

  std::string heard_;
  std::vector<Tail> blocks_;
};

}  // namespace padlock::runtime
