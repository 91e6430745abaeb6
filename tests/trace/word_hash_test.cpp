// Hashes of stacks: every frame, its place and the depth count.
#include "trace/word_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace padlock::trace {
namespace {

std::vector<std::uintptr_t> stack_of(std::size_t depth) {
  std::vector<std::uintptr_t> pcs(depth);
  for (std::size_t i = 0; i < depth; ++i) pcs[i] = 0x7f0000001000 + 16 * i;
  return pcs;
}

TEST(HashOfStack, TheDepthCounts) {
  std::set<std::uint64_t> hashes;
  for (std::size_t depth = 0; depth <= kMaxDepth; ++depth) hashes.insert(hash_of_stack(stack_of(depth)));
  EXPECT_EQ(hashes.size(), kMaxDepth + 1);
  const std::vector<std::uintptr_t> zeros(kMaxDepth);
  EXPECT_NE(hash_of_stack(std::span(zeros).first(3)), hash_of_stack(std::span(zeros).first(4)));
}

TEST(HashOfStack, EveryBitOfEveryFrameCounts) {
  for (const std::size_t depth : {std::size_t{1}, std::size_t{16}, kMaxDepth}) {
    std::vector<std::uintptr_t> pcs = stack_of(depth);
    std::set<std::uint64_t> hashes{hash_of_stack(pcs)};
    for (std::uintptr_t& pc : pcs) {
      for (unsigned bit = 0; bit < 47; ++bit) {
        pc ^= std::uintptr_t{1} << bit;
        hashes.insert(hash_of_stack(pcs));
        pc ^= std::uintptr_t{1} << bit;
      }
    }
    EXPECT_EQ(hashes.size(), 1 + 47 * depth);
  }
}

TEST(HashOfStack, TheOrderCounts) {
  std::vector<std::uintptr_t> pcs = stack_of(8);
  std::set<std::uint64_t> hashes{hash_of_stack(pcs)};
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      std::swap(pcs[i], pcs[j]);
      hashes.insert(hash_of_stack(pcs));
      std::swap(pcs[i], pcs[j]);
    }
  }
  EXPECT_EQ(hashes.size(), 1U + 8 * 7 / 2);
}

// The depot takes its trees from the highest bits and the way down from the lowest.
TEST(HashOfStack, HighAndLowBitsSpread) {
  std::set<std::uint64_t> highest;
  std::set<std::uint64_t> lowest;
  std::vector<std::uintptr_t> pcs = stack_of(16);
  for (unsigned i = 0; i < 4096; ++i) {
    pcs[15] += 16;
    highest.insert(hash_of_stack(pcs) >> 52);
    lowest.insert(hash_of_stack(pcs) & 0xfff);
  }
  EXPECT_GT(highest.size(), 2300U);  // 4096 throws at 4096 places hit 2589 of them
  EXPECT_GT(lowest.size(), 2300U);
}

}  // namespace
}  // namespace padlock::trace
