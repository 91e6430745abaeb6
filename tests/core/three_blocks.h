// What tests begin with that break a heap's own data by hand, as only a wild write or a bug of the heap
// could.
#pragma once

#include <gtest/gtest.h>

#include "core/block/sealed_block.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core::test {

/// Three blocks with live ones between them, the second of them the one that the test is about.
class ThreeBlocks : public ::testing::Test {
 protected:
  explicit ThreeBlocks(const TestHeapOptions& options = TestHeapOptions{}.lazy()) : heap_(options) {
    for (char*& p : blocks_) {
      p = heap_.allocate(100);
      static_cast<void>(heap_.allocate(0));
    }
  }

  char* block() { return blocks_[1]; }
  Region& region() { return heap_.region_data(); }
  std::uint32_t granule(const char* p) { return region().granule_of(at(p) - kHeaderSize); }
  BlockFields fields(const char* p) {
    BlockFields read;
    EXPECT_EQ(read_header(BlockHeader::of_user(p), heap_.heap.keys(), read), HeaderVerdict::kIntact);
    return read;
  }
  /// Writes a well-sealed header.
  void reseal(char* p, const BlockFields& changed) { write_header(header_of(p), changed, heap_.heap.keys()); }

  TestHeap heap_;
  char* blocks_[3] = {};
};

}  // namespace padlock::core::test
