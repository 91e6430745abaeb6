// A heap over a buffer of its own for tests: guard zones around the region, and a log of all faults.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "core/heap/heap.h"

namespace padlock::core::test {

/// Keeps every fault.
class FaultLog final : public FaultSink {
 public:
  void on_fault(const Fault& fault) override { faults_.push_back(fault); }

  [[nodiscard]] std::size_t size() const { return faults_.size(); }
  [[nodiscard]] bool empty() const { return faults_.empty(); }
  [[nodiscard]] const Fault& operator[](std::size_t i) const { return faults_.at(i); }
  [[nodiscard]] const Fault& back() const { return faults_.back(); }
  void clear() { faults_.clear(); }

  /// The one fault there is, taken out; kNone with a count in `given` if there is none or more than one.
  Fault take_only() {
    Fault fault;
    if (faults_.size() == 1) {
      fault = faults_.front();
    } else {
      fault.given = faults_.size();
    }
    faults_.clear();
    return fault;
  }

 private:
  std::vector<Fault> faults_;
};

class Blocks final : public BlockVisitor {
 public:
  explicit Blocks(const Heap& heap) { heap.walk(*this); }
  void visit(const BlockSnapshot& block) override { all.push_back(block); }
  [[nodiscard]] std::size_t count(BlockState state) const {
    std::size_t n = 0;
    for (const BlockSnapshot& block : all) n += block.sealed && block.state == state ? 1 : 0;
    return n;
  }
  std::vector<BlockSnapshot> all;
};

/// Memory at the same addresses in every run, since canaries depend on them. Handed out in a row; begins
/// anew when all of it has come back.
class TestMemory {
 public:
  static std::byte* take(std::size_t bytes, std::size_t alignment) {
    TestMemory& memory = instance();
    std::byte* piece = memory.begin_ + align_up(memory.used_, alignment);
    memory.used_ = static_cast<std::size_t>(piece - memory.begin_) + bytes;
    if (memory.used_ > kBytes) std::abort();
    ++memory.pieces_;
    return piece;
  }
  static void give_back() {
    if (--instance().pieces_ == 0) instance().used_ = 0;
  }

 private:
#ifdef __SANITIZE_THREAD__  // which leaves few addresses to programs
  static constexpr std::uintptr_t kAddress = 0x7e9034000000;
#else
  static constexpr std::uintptr_t kAddress = 0x123400000000;
#endif
  static constexpr std::size_t kBytes = 256 << 20;

  TestMemory() {
    void* memory = mmap(reinterpret_cast<void*>(kAddress), kBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    begin_ = static_cast<std::byte*>(memory);
  }
  static TestMemory& instance() {
    static TestMemory memory;
    return memory;
  }

  std::byte* begin_ = nullptr;
  std::size_t used_ = 0;
  std::size_t pieces_ = 0;
};

// Of AddressSanitizer, where it is there: so that not even a read of a guard zone goes unseen.
extern "C" [[gnu::weak]] void __asan_poison_memory_region(const volatile void* begin, std::size_t bytes);
extern "C" [[gnu::weak]] void __asan_unpoison_memory_region(const volatile void* begin, std::size_t bytes);

/// A span of memory with a guard zone before and behind it.
class GuardedSpan {
 public:
  static constexpr std::size_t kGuard = 512;
  static constexpr std::byte kFill{0x5A};

  explicit GuardedSpan(std::size_t bytes, std::size_t alignment = 4096)
      : front_(align_up(kGuard, alignment)),
        bytes_(bytes),
        memory_(TestMemory::take(front_ + bytes + kGuard, alignment)) {
    std::memset(memory_, static_cast<int>(kFill), front_ + bytes + kGuard);
    std::memset(memory_ + front_, 0, bytes);
    forbid_guards(true);
  }
  GuardedSpan(const GuardedSpan&) = delete;
  GuardedSpan& operator=(const GuardedSpan&) = delete;
  ~GuardedSpan() {
    forbid_guards(false);
    TestMemory::give_back();
  }

  [[nodiscard]] std::span<std::byte> span() const { return {memory_ + front_, bytes_}; }
  [[nodiscard]] bool guards_intact() const {
    forbid_guards(false);
    bool intact = true;
    for (std::size_t i = 0; i < kGuard; ++i) {
      intact = intact && memory_[front_ - kGuard + i] == kFill && memory_[front_ + bytes_ + i] == kFill;
    }
    forbid_guards(true);
    return intact;
  }

 private:
  void forbid_guards(bool forbid) const {
    const auto change = forbid ? __asan_poison_memory_region : __asan_unpoison_memory_region;
    if (change == nullptr) return;
    change(memory_ + front_ - kGuard, kGuard);
    change(memory_ + front_ + bytes_, kGuard);
  }

  std::size_t front_;
  std::size_t bytes_;
  std::byte* memory_;
};

inline constexpr std::uint64_t kTestKey = 0x0123456789ABCDEFU;

inline HeapConfig test_config() {
  HeapConfig config;
  config.key = kTestKey;
  config.seed = 1;
  config.quarantine_bytes = 16 * 1024;
  config.coalesce_ready_bytes = 8 * 1024;
  return config;
}

struct TestHeapOptions {
  std::size_t region_bytes = 64 * 1024;
  std::size_t region_alignment = 4096;
  std::size_t slots = 64;
  HeapConfig config = test_config();

  [[nodiscard]] TestHeapOptions with_quarantine(std::size_t bytes) const {
    TestHeapOptions options = *this;
    options.config.quarantine_bytes = bytes;
    return options;
  }
  /// Freed blocks stay where they are put: nothing merges by itself.
  [[nodiscard]] TestHeapOptions lazy() const {
    TestHeapOptions options = *this;
    options.config.coalesce_ready_bytes = SIZE_MAX;
    return options;
  }
};

class TestHeap {
 public:
  explicit TestHeap(const TestHeapOptions& options = {})
      : options_(options), slots_(options.slots), heap(options.config, slots_) {
    add_region(options.region_bytes);
  }

  bool add_region(std::size_t bytes) {
    auto& blocks = regions_.emplace_back(std::make_unique<GuardedSpan>(bytes, options_.region_alignment));
    auto& metadata = metadata_.emplace_back(std::make_unique<GuardedSpan>(Region::metadata_bytes(bytes)));
    return heap.add_region(blocks->span(), metadata->span());
  }

  [[nodiscard]] char* allocate(std::size_t size, std::size_t alignment = 0, Caller by = {},
                               Origin origin = Origin::kMalloc) {
    AllocRequest request;
    request.size = size;
    request.alignment = alignment;
    request.origin = origin;
    request.by = by;
    return static_cast<char*>(heap.allocate(request, faults));
  }
  void free(void* pointer, Caller by = {}) {
    FreeRequest request;
    request.by = by;
    heap.deallocate(pointer, request, faults);
  }
  [[nodiscard]] char* reallocate(void* pointer, std::size_t size, Caller by = {}) {
    AllocRequest request;
    request.size = size;
    request.by = by;
    return static_cast<char*>(heap.reallocate(pointer, request, faults));
  }
  std::size_t check() { return heap.check(Moment::kCheck, faults); }
  void drain() {
    heap.flush_quarantine(faults);
    heap.coalesce(SIZE_MAX, faults);
  }

  [[nodiscard]] std::span<std::byte> region(std::size_t i = 0) const { return regions_.at(i)->span(); }
  /// The region's out-of-band data, to be broken on purpose.
  [[nodiscard]] Region& region_data(std::size_t i = 0) const {
    return *std::launder(reinterpret_cast<Region*>(metadata_.at(i)->span().data()));
  }
  [[nodiscard]] std::span<BlockSlot> slots() { return slots_; }
  [[nodiscard]] bool guards_intact() const {
    for (const auto& region : regions_) {
      if (!region->guards_intact()) return false;
    }
    for (const auto& metadata : metadata_) {
      if (!metadata->guards_intact()) return false;
    }
    return true;
  }

  /// Every byte of every region, accounted for by the heap.
  [[nodiscard]] std::size_t accounted_bytes() const {
    const HeapStats stats = heap.stats();
    return stats.live_block_bytes + stats.quarantined_bytes + stats.ready_bytes + stats.free_bytes +
           stats.unallocated_bytes + stats.condemned_bytes;
  }
  [[nodiscard]] std::size_t region_bytes() const {
    std::size_t bytes = 0;
    for (const auto& region : regions_) bytes += region->span().size() / kGranule * kGranule;
    return bytes;
  }

 private:
  TestHeapOptions options_;
  std::vector<BlockSlot> slots_;
  std::vector<std::unique_ptr<GuardedSpan>> regions_;
  std::vector<std::unique_ptr<GuardedSpan>> metadata_;

 public:
  Heap heap;
  FaultLog faults;
};

inline std::uintptr_t at(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

inline BlockHeader* header_of(void* user) { return BlockHeader::of_user(user); }

inline std::uint8_t* raw(void* pointer) { return static_cast<std::uint8_t*>(pointer); }

}  // namespace padlock::core::test
