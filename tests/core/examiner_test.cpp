// The examiner cannot change what it looks at, and a report cannot reach a free list: what a const state
// hands out is const. What it finds is tested through the heap, and by the harness fuzz/examiner.cpp.
#include "core/examine/examiner.h"

#include <gtest/gtest.h>

#include <concepts>
#include <utility>

namespace padlock::core {
namespace {

template <typename State>
concept ChangesAnIndex = requires(State& state, BlockHeader* block) {
  static_cast<void>(state.free.remove(block, 3U));
};
template <typename State>
concept TakesFromAnIndex = requires(State& state) {
  static_cast<void>(state.ready.find_exact(3U));
};
template <typename State>
concept ChangesTheQuarantine = requires(State& state, BlockHeader* block) {
  state.quarantine.remove(block);
};
template <typename State>
concept ChangesBitmaps = requires(State& state) {
  (*state.regions.begin()).idle.set(0U);
};

TEST(Examiner, OnlyLooks) {
  static_assert(ChangesAnIndex<HeapState> && !ChangesAnIndex<const HeapState>);
  static_assert(TakesFromAnIndex<HeapState> && !TakesFromAnIndex<const HeapState>);
  static_assert(ChangesTheQuarantine<HeapState> && !ChangesTheQuarantine<const HeapState>);
  static_assert(ChangesBitmaps<HeapState> && !ChangesBitmaps<const HeapState>);

  const HeapConfig config;
  const HeapState state(config, {});
  static_assert(std::same_as<decltype(state.regions.find(0)), const Region*>);
  static_assert(std::same_as<decltype(std::declval<BlockView>().header()), const BlockHeader*>);
  static_assert(std::same_as<decltype(std::declval<BlockView>().user()), const std::byte*>);
  static_assert(std::same_as<decltype(state.quarantine.peek(0).block), const BlockHeader*>);
  static_assert(std::same_as<decltype(state.free.verify_links(nullptr, 0)), const BlockHeader*>);
  static_assert(!std::convertible_to<BlockView, Block>);
  EXPECT_EQ(state.regions.find(0), nullptr);
}

}  // namespace
}  // namespace padlock::core
