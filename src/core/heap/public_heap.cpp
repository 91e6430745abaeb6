// padlock::Heap (padlock/heap.h): the core heap with its state at the front of the caller's memory.
#include <bit>
#include <new>

#include "core/heap/heap.h"
#include "padlock/heap.h"

namespace padlock {

struct Heap::State final : core::FaultSink {
  State(const core::HeapConfig& config, std::span<core::BlockSlot> slots) noexcept : heap(config, slots) {}

  void on_fault(const core::Fault& fault) override {
    HeapFault seen;
    seen.kind = core::to_string(fault.kind);
    seen.moment = core::to_string(fault.moment);
    seen.pointer = reinterpret_cast<const void*>(fault.address);
    seen.block = reinterpret_cast<const void*>(fault.block.user);
    seen.requested = fault.block.requested;
    seen.number = fault.block.number;
    seen.offset = fault.damage.offset;
    seen.length = fault.damage.length;
    seen.at_least = fault.damage.at_least;
    seen.neighbour = reinterpret_cast<const void*>(fault.neighbour.user);
    if (faults++ == 0) first = seen;
    if (handler != nullptr) handler(seen, context);
  }

  core::Heap heap;
  HeapFault first;
  std::size_t faults = 0;
  FaultHandler handler = nullptr;
  void* context = nullptr;
};

namespace {

// Cuts aligned pieces off the front of a span.
class Cutter {
 public:
  explicit Cutter(std::span<std::byte> memory) noexcept : rest_(memory) { skip_to(core::kGranule); }

  // Empty if there is not enough left.
  std::span<std::byte> cut(std::size_t bytes) noexcept {
    bytes = align_up(bytes, core::kGranule);
    if (bytes > rest_.size()) return {};
    const std::span<std::byte> piece = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return piece;
  }
  [[nodiscard]] std::span<std::byte> rest() const noexcept { return rest_; }

 private:
  void skip_to(std::size_t alignment) noexcept {
    const std::uintptr_t address = address_of(rest_.data());
    const std::size_t skipped = align_up(address, std::uintptr_t{alignment}) - address;
    rest_ = skipped < rest_.size() ? rest_.subspan(skipped) : std::span<std::byte>{};
  }

  std::span<std::byte> rest_;
};

}  // namespace

Heap::Heap(std::span<std::byte> memory, const HeapOptions& options) noexcept {
  if (options.quarantine_blocks > memory.size() / sizeof(core::BlockSlot)) return;
  Cutter cutter(memory);
  const std::span<std::byte> state = cutter.cut(sizeof(State));
  const std::span<std::byte> slots = cutter.cut(options.quarantine_blocks * sizeof(core::BlockSlot));
  if (state.empty() || (slots.empty() && options.quarantine_blocks != 0)) return;
  core::HeapConfig config;
  config.key = options.key != 0 ? options.key : mix64(address_of(memory.data()));
  config.seed = options.seed;
  config.quarantine_bytes = options.quarantine_bytes;
  auto* first_slot = reinterpret_cast<core::BlockSlot*>(slots.data());
  for (std::size_t i = 0; i < options.quarantine_blocks; ++i) new (first_slot + i) core::BlockSlot;
  state_ = new (state.data()) State(config, {first_slot, options.quarantine_blocks});
  add_region(cutter.rest());
}

bool Heap::add_region(std::span<std::byte> memory) noexcept {
  if (state_ == nullptr) return false;
  Cutter cutter(memory);
  const std::size_t available =
      cutter.rest().size() < core::kMaxRegion ? cutter.rest().size() : core::kMaxRegion;
  const std::span<std::byte> metadata = cutter.cut(core::Region::metadata_bytes(available));
  if (metadata.empty()) return false;
  for (std::byte& byte : metadata) byte = std::byte{0};
  std::span<std::byte> blocks = cutter.rest();
  if (blocks.size() > core::kMaxRegion) blocks = blocks.first(core::kMaxRegion);
  return state_->heap.add_region(blocks.first(align_down(blocks.size(), core::kGranule)), metadata);
}

void* Heap::allocate(std::size_t size, std::size_t alignment) noexcept {
  if (state_ == nullptr || (alignment != 0 && !std::has_single_bit(alignment))) return nullptr;
  core::AllocRequest request;
  request.size = size;
  request.alignment = alignment;
  return state_->heap.allocate(request, *state_);
}

void Heap::deallocate(void* pointer) noexcept {
  if (state_ == nullptr || pointer == nullptr) return;
  state_->heap.deallocate(pointer, {}, *state_);
}

void Heap::deallocate(void* pointer, std::size_t size, std::size_t alignment) noexcept {
  if (state_ == nullptr || pointer == nullptr) return;
  core::FreeRequest request;
  request.size = size;
  request.alignment = alignment;
  state_->heap.deallocate(pointer, request, *state_);
}

void* Heap::reallocate(void* pointer, std::size_t size) noexcept {
  if (pointer == nullptr) return allocate(size);
  if (state_ == nullptr) return nullptr;
  core::AllocRequest request;
  request.size = size;
  return state_->heap.reallocate(pointer, request, *state_);
}

std::size_t Heap::usable_size(const void* pointer) noexcept {
  if (state_ == nullptr || pointer == nullptr) return 0;
  return state_->heap.usable_size(pointer, *state_);
}

std::size_t Heap::check() noexcept {
  return state_ == nullptr ? 0 : state_->heap.check(core::Moment::kCheck, *state_);
}

void Heap::flush_quarantine() noexcept {
  if (state_ != nullptr) state_->heap.flush_quarantine(*state_);
}

void Heap::coalesce() noexcept {
  constexpr std::size_t kBatch = 64;
  while (state_ != nullptr && state_->heap.coalesce(kBatch, *state_) != 0) {
  }
}

void Heap::walk(void (*visit)(const HeapBlock& block, void* context), void* context) const noexcept {
  struct Forward final : core::BlockVisitor {
    void (*visit_block)(const HeapBlock&, void*) = nullptr;
    void* visit_context = nullptr;
    void visit(const core::BlockSnapshot& snapshot) override {
      HeapBlock block;
      block.user = reinterpret_cast<const void*>(snapshot.user);
      block.requested = snapshot.requested;
      block.block_size = snapshot.block_size;
      block.number = snapshot.number;
      block.state = core::to_string(snapshot.state);
      block.sound = snapshot.sealed;
      visit_block(block, visit_context);
    }
  } forward;
  forward.visit_block = visit;
  forward.visit_context = context;
  if (state_ != nullptr) state_->heap.walk(forward);
}

HeapStatistics Heap::statistics() const noexcept {
  if (state_ == nullptr) return {};
  const core::HeapStats stats = state_->heap.stats();
  HeapStatistics result;
  result.live_blocks = stats.live_blocks;
  result.live_bytes = stats.live_bytes;
  result.quarantined_blocks = stats.quarantined_blocks;
  result.quarantined_bytes = stats.quarantined_bytes;
  result.idle_bytes = stats.ready_bytes + stats.free_bytes;
  result.unallocated_bytes = stats.unallocated_bytes;
  return result;
}

void Heap::set_fault_handler(FaultHandler handler, void* context) noexcept {
  if (state_ == nullptr) return;
  state_->handler = handler;
  state_->context = context;
}

std::size_t Heap::fault_count() const noexcept { return state_ == nullptr ? 0 : state_->faults; }

const HeapFault& Heap::first_fault() const noexcept {
  static constexpr HeapFault kNoFault;
  return state_ == nullptr ? kNoFault : state_->first;
}

}  // namespace padlock
