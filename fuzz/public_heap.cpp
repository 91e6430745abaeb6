// padlock::Heap over memory of any size and place, at most a megabyte: every call with any argument, few
// and large blocks among many small ones, and the faults as the handler gets them.
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "model/require.h"
#include "padlock/heap.h"
#include "support/calls.h"
#include "support/feed.h"
#include "support/found_once.h"
#include "support/operations.h"
#include "support/same_place.h"

namespace {

using padlock::Heap;
using padlock::HeapFault;
using padlock::fuzz::Feed;
using padlock::fuzz::Operations;
using padlock::fuzz::require;
using padlock::fuzz::say;

constexpr std::size_t kRoom = std::size_t{1} << 20;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kMostOps = 300;

// Between pages that nobody may touch.
std::byte* room() {
  static std::byte* const begin = [] {
    void* all = padlock::fuzz::reserve_at_same_place(kRoom + 2 * kPage);
    auto* memory = static_cast<std::byte*>(all) + kPage;
    require(all != MAP_FAILED && mprotect(memory, kRoom, PROT_READ | PROT_WRITE) == 0,
            "the harness gets its memory");
    return memory;
  }();
  return begin;
}

struct Block {
  unsigned char* memory = nullptr;
  std::size_t size = 0;
  std::size_t alignment = 0;
  unsigned char seed = 0;
  unsigned name = 0;
};

class Player {
 public:
  explicit Player(Feed& feed) : feed_(feed) {
    padlock::HeapOptions options;
    options.key = feed_.number<std::uint16_t>();
    options.seed = feed_.byte();
    options.quarantine_bytes = std::size_t{feed_.number<std::uint16_t>()} * 4;
    options.quarantine_blocks = feed_.number<std::uint16_t>() % 2048;
    const std::size_t offset = feed_.number<std::uint16_t>() % 512;
    // A third of the room is kept for a second region.
    const std::size_t size =
        std::min<std::size_t>(std::size_t{feed_.number<std::uint16_t>()} * 16, kRoom * 2 / 3);
    const bool at_end = feed_.flag();
    memory_ =
        std::span(room() + (at_end ? kRoom - size : offset), size - std::min(size, at_end ? 0 : offset));
    spare_ = std::span(room() + (at_end ? 0 : kRoom * 2 / 3), kRoom / 3);
    say("alignas(%zu) static std::byte room[%zu];", kPage, kRoom);
    say("Heap heap(std::span<std::byte>(room).subspan(%td, %zu), {.key = %lu, .seed = %lu, .quarantine_bytes "
        "= %zu,",
        memory_.data() - room(), memory_.size(), options.key, options.seed, options.quarantine_bytes);
    say("                                              .quarantine_blocks = %zu});",
        options.quarantine_blocks);
    heap_.emplace(memory_, options);
    heap_->set_fault_handler(&Player::on_fault, this);
    usable_ = heap_->statistics().unallocated_bytes != 0;
  }

  void play() {
    for (std::size_t i = 0; i < kMostOps && !feed_.empty(); ++i) {
      step();
      Operations::add();
      verify();
    }
    while (!blocks_.empty()) release(blocks_.size() - 1);
    flush();
    coalesce();
    say("EXPECT_EQ(heap.check(), 0U);");
    require(heap_->check() == 0, "an emptied heap is sound");
    verify();
    const padlock::HeapStatistics stats = heap_->statistics();
    require(stats.quarantined_blocks == 0 && stats.quarantined_bytes == 0, "a flush empties the quarantine");
  }

 private:
  static void on_fault(const HeapFault& fault, void* player) {
    auto& self = *static_cast<Player*>(player);
    require(fault.kind != nullptr && fault.moment != nullptr, "a fault has names");
    self.last_ = fault;
    ++self.told_;
  }

  void step() {
    const std::uint8_t kind = feed_.byte();
    const auto number = feed_.number<std::uint16_t>();
    const std::uint8_t extra = feed_.byte();
    const std::size_t size = number >= 0xE000 ? std::size_t{number & 0x1FFFU} * 24 : number % 1500;
    switch (kind % 14) {
      case 0:
      case 1:
      case 2:
        say("void* p%u = heap.allocate(%zu);", ++named_, size);
        return keep(heap_->allocate(size), size, 0, extra);
      case 3: {
        const std::size_t alignment = extra % 4 == 0 ? extra : std::size_t{1} << (extra % 16);
        say("void* p%u = heap.allocate(%zu, %zu);", ++named_, size, alignment);
        void* memory = heap_->allocate(size, alignment);
        require(memory == nullptr || (alignment & (alignment - 1)) == 0, "alignments are powers of two");
        return keep(memory, size, alignment, extra);
      }
      case 4:
      case 5:
        return blocks_.empty() ? heap_->deallocate(nullptr) : release(extra % blocks_.size());
      case 6:
        return blocks_.empty() ? heap_->deallocate(nullptr, size, 0) : release_sized(extra % blocks_.size());
      case 7:
        return resize(size, extra);
      case 8:
        flush();
        return extra % 2 == 0 ? coalesce() : void();
      case 9:
        return overflow(extra);
      case 10:
        return free_wrongly(number, extra);
      case 11:
        return walk();
      case 12:
        return std::exchange(grown_, true) ? void() : grow(std::size_t{number} % spare_.size());
      default:
        say("EXPECT_EQ(heap.check(), 0U);");
        require(heap_->check() == 0, "a sound heap is found sound");
        require(heap_->usable_size(nullptr) == 0, "null has no size");
    }
  }

  void flush() {
    say("heap.flush_quarantine();");
    heap_->flush_quarantine();
  }

  void coalesce() {
    say("heap.coalesce();");
    heap_->coalesce();
  }

  void grow(std::size_t bytes) {
    say("heap.add_region(std::span<std::byte>(room).subspan(%td, %zu));", spare_.data() - room(), bytes);
    usable_ = heap_->add_region(spare_.first(bytes)) || usable_;
  }

  // What the latest name was given to.
  void keep(void* memory, std::size_t size, std::size_t alignment, unsigned char seed) {
    if (memory == nullptr) return say("ASSERT_EQ(p%u, nullptr);", named_);
    require(usable_, "memory that is too small gives nothing");
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    require(address % std::max<std::size_t>(alignment, 16) == 0, "a block is aligned", {{"at", address}});
    for (const Block& other : blocks_) {
      const auto begin = reinterpret_cast<std::uintptr_t>(other.memory);
      require(begin + other.size + 8 <= address - 32 || address + size + 8 <= begin - 32,
              "memory that somebody has is not handed out", {{"at", address}});
    }
    say("std::memset(p%u, %d, %zu);", named_, seed, size);
    std::memset(memory, seed, size);
    blocks_.push_back({static_cast<unsigned char*>(memory), size, alignment, seed, named_});
  }

  Block take_out(std::size_t index) {
    const Block block = blocks_[index];
    require(std::all_of(block.memory, block.memory + block.size,
                        [&](unsigned char c) { return c == block.seed; }),
            "a block keeps its contents", {{"size", block.size}});
    require(heap_->usable_size(block.memory) == block.size, "the usable size is the requested size");
    blocks_[index] = blocks_.back();
    blocks_.pop_back();
    return block;
  }

  void release(std::size_t index) { release(take_out(index)); }
  void release(const Block& block) {
    say("heap.deallocate(p%u);", block.name);
    heap_->deallocate(block.memory);
  }
  void release_sized(std::size_t index) {
    const Block block = take_out(index);
    say("heap.deallocate(p%u, %zu, %zu);", block.name, block.size, block.alignment);
    heap_->deallocate(block.memory, block.size, block.alignment);
  }

  void resize(std::size_t size, std::uint8_t extra) {
    if (blocks_.empty() || extra == 0) {
      say("void* p%u = heap.reallocate(nullptr, %zu);", ++named_, size);
      return keep(heap_->reallocate(nullptr, size), size, 0, extra);
    }
    const Block block = take_out(extra % blocks_.size());
    say("void* p%u = heap.reallocate(p%u, %zu);", ++named_, block.name, size);
    auto* moved = static_cast<unsigned char*>(heap_->reallocate(block.memory, size));
    if (moved == nullptr) {
      blocks_.push_back(block);
      return;
    }
    const std::size_t kept = std::min(size, block.size);
    require(std::all_of(moved, moved + kept, [&](unsigned char c) { return c == block.seed; }),
            "realloc keeps the contents", {{"size", size}});
    keep(moved, size, moved == block.memory ? block.alignment : 0, extra);
  }

  // A byte right behind a block, found at its free.
  void overflow(std::uint8_t extra) {
    if (blocks_.empty()) return;
    const Block block = take_out(extra % blocks_.size());
    say("static_cast<unsigned char*>(p%u)[%zu] ^= %d;", block.name, block.size, extra | 1);
    block.memory[block.size] ^= static_cast<unsigned char>(extra | 1);
    release(block);
    expect("heap-buffer-overflow", block.memory);
    require(last_.offset == static_cast<std::int64_t>(block.size) && last_.length == 1 && !last_.at_least,
            "a fault says where");
  }

  void free_wrongly(std::uint16_t number, std::uint8_t extra) {
    if (blocks_.empty()) {
      static int object = 0;
      say("heap.deallocate(&object);");
      heap_->deallocate(&object);
      if (usable_ || told_ != expected_) expect("invalid-free", nullptr);
      return;
    }
    const Block& block = blocks_[extra % blocks_.size()];
    if (block.size < 2) return;
    const std::size_t offset = 1 + number % (block.size - 1);
    say("heap.deallocate(static_cast<unsigned char*>(p%u) + %zu);", block.name, offset);
    heap_->deallocate(block.memory + offset);
    expect("invalid-free", block.memory);
  }

  void expect(std::string_view kind, const void* block) {
    ++expected_;
    require(told_ == expected_, "a misuse is reported once", {{"told", told_}, {"expected", expected_}});
    require(last_.kind == kind && last_.block == block, "a fault says what happened, and to which block");
  }

  void walk() {
    std::size_t live = 0;
    const auto count = [](const padlock::HeapBlock& block, void* context) {
      require(block.sound, "a sound heap's headers verify");
      *static_cast<std::size_t*>(context) += std::string_view(block.state) == "live" ? 1 : 0;
    };
    heap_->walk(count, &live);
    require(live == blocks_.size(), "a walk meets every block", {{"live", live}, {"held", blocks_.size()}});
  }

  void verify() {
    const padlock::HeapStatistics stats = heap_->statistics();
    std::size_t bytes = 0;
    for (const Block& block : blocks_) bytes += block.size;
    require(stats.live_blocks == blocks_.size() && stats.live_bytes == bytes, "live blocks are counted",
            {{"counted", stats.live_bytes}, {"held", bytes}});
    require(told_ == expected_ && heap_->fault_count() == told_, "no false alarm", {{"told", told_}});
    require((heap_->first_fault().kind == nullptr) == (told_ == 0), "the first fault is kept");
  }

  Feed& feed_;
  std::span<std::byte> memory_;
  std::span<std::byte> spare_;
  std::optional<Heap> heap_;
  std::vector<Block> blocks_;
  HeapFault last_;
  std::size_t told_ = 0;
  std::size_t expected_ = 0;
  unsigned named_ = 0;
  bool usable_ = false;
  bool grown_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  static_cast<void>(room());
  padlock::fuzz::find_out_once();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Feed feed(data, size);
  Player(feed).play();
  return 0;
}
