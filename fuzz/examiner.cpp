// The examiner alone, on memory that may hold anything: a state is built as a heap would leave it, its
// regions are overwritten by the input, and everything is made read-only. Whatever is asked then, the
// examiner comes to an end, reads nothing outside the regions, writes nothing, and its faults lie inside.
#include "core/examine/examiner.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "core/block/idle_memory.h"
#include "core/block/sealed_block.h"
#include "model/require.h"
#include "support/feed.h"
#include "support/found_once.h"
#include "support/operations.h"
#include "support/same_place.h"

namespace {

using namespace padlock;
using fuzz::require;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kRoom = 24 * kPage;  // for a block that is long enough to keep zeros
constexpr std::size_t kRegions = 2;

// Pages between two that nobody may touch.
class Pages {
 public:
  explicit Pages(std::size_t bytes) : bytes_(bytes) {
    void* all = fuzz::reserve_at_same_place(bytes + 2 * kPage);
    require(all != MAP_FAILED, "the harness gets its memory");
    begin_ = static_cast<std::byte*>(all) + kPage;
  }
  [[nodiscard]] std::span<std::byte> span() const { return {begin_, bytes_}; }
  void open() const {
    require(mprotect(begin_, bytes_, PROT_READ | PROT_WRITE) == 0, "memory can be opened");
    std::memset(begin_, 0, bytes_);
  }
  void make_read_only() const { require(mprotect(begin_, bytes_, PROT_READ) == 0, "memory can be closed"); }

 private:
  std::byte* begin_;
  std::size_t bytes_;
};

struct Memory {
  Pages blocks{kRoom};
  Pages metadata{(core::Region::metadata_bytes(kRoom) + kPage - 1) / kPage * kPage};
};

struct Grounds {
  Memory regions[kRegions];
  Pages state{(sizeof(core::HeapState) + kPage - 1) / kPage * kPage};
  Pages slots{kPage};
};

Grounds& grounds() {
  static auto* const all = new Grounds;
  return *all;
}

// Blocks that a cache has.
std::vector<const core::BlockHeader*>& cached_blocks() {
  static auto* const all = new std::vector<const core::BlockHeader*>;
  return *all;
}
bool is_cached(const core::BlockHeader* block, const void* /*context*/) {
  return std::count(cached_blocks().begin(), cached_blocks().end(), block) != 0;
}

// Builds a state as a heap would leave it.
class Builder {
 public:
  Builder(fuzz::Feed& feed, bool with_caches) : feed_(feed), with_caches_(with_caches) {
    const Grounds& all = grounds();
    all.state.open();
    all.slots.open();
    cached_blocks().clear();
    core::HeapConfig config;
    config.key = feed_.byte();
    config.is_cached = with_caches ? &is_cached : nullptr;
    auto* slots = reinterpret_cast<core::BlockSlot*>(all.slots.span().data());
    const std::size_t count = kPage / sizeof(core::BlockSlot);
    for (std::size_t i = 0; i < count; ++i) new (slots + i) core::BlockSlot;
    state_ = new (all.state.span().data()) core::HeapState(config, {slots, count});
    state_->last_number = feed_.number<std::uint32_t>();
  }

  // A region of up to kRoom bytes, at one end of its memory or the other.
  void add_region(const Memory& memory) {
    memory.blocks.open();
    memory.metadata.open();
    const std::size_t bytes =
        std::clamp<std::size_t>(std::size_t{feed_.number<std::uint16_t>()} * core::kGranule, 1024, kRoom);
    const std::span<std::byte> all = memory.blocks.span();
    core::Region* region =
        core::Region::create(feed_.flag() ? all.first(bytes) : all.last(bytes), memory.metadata.span());
    require(region != nullptr, "the harness makes a region");
    state_->regions.add(*region);
    const unsigned blocks = feed_.byte() % 64;
    for (unsigned i = 0; i < blocks; ++i) add_block(*region);
  }

  void damage(const Memory& memory) {
    const std::span<std::byte> all = memory.blocks.span();
    for (unsigned writes = feed_.byte() % 32; writes != 0 && !feed_.empty(); --writes) {
      const std::size_t at = feed_.number<std::uint32_t>() % all.size();
      const std::span<std::byte> hit = all.subspan(at);
      const std::uint8_t length = feed_.byte();
      const auto bytes = feed_.bytes(length % 64);
      std::memcpy(hit.data(), bytes.data(), std::min(bytes.size(), hit.size()));
      // The same value all along, over many blocks.
      if (length >= 192) std::memset(hit.data(), length, std::min<std::size_t>(hit.size(), length * 64U));
    }
  }

  [[nodiscard]] const core::HeapState& finish() const {
    const Grounds& all = grounds();
    for (const Memory& memory : all.regions) {
      memory.blocks.make_read_only();
      memory.metadata.make_read_only();
    }
    all.state.make_read_only();
    all.slots.make_read_only();
    return *state_;
  }

 private:
  void add_block(core::Region& region) {
    const std::uint16_t wish = feed_.number<std::uint16_t>();
    const std::uint32_t most = region.granules() - region.top;
    if (most < core::kMinBlockGranules) return;
    const std::uint32_t wanted = wish % 8 == 0 ? wish / 8U : core::kMinBlockGranules + wish / 8U % 16;
    const std::uint32_t granules = std::clamp(wanted, core::kMinBlockGranules, most);
    const core::Block block{&region, region.top, granules};
    region.top += granules;
    region.starts.set(block.granule);
    core::BlockFields fields = random_fields(block);
    core::write_header(block.header(), fields, state_->keys);
    if (fields.state == core::BlockState::kBlank) return;
    if (fields.state == core::BlockState::kLive) {
      core::lock_padding(block.header(), fields.requested, block.capacity(), state_->keys);
      return;
    }
    core::fill_idle(block.user(), block.user() + block.capacity(), state_->keys.poison);
    put_aside(block, fields.state);
  }

  core::BlockFields random_fields(const core::Block& block) {
    core::BlockFields fields;
    const std::uint8_t kind = feed_.byte();
    const unsigned states = with_caches_ ? 6 : 5;  // blank blocks are for caches
    fields.granules = block.granules;
    fields.state = static_cast<core::BlockState>(kind % states);
    fields.origin = static_cast<core::Origin>(kind / 64);
    fields.requested = feed_.number<std::uint32_t>() % (block.capacity() - core::kMinPadding + 1);
    fields.number = feed_.byte();
    return fields;
  }

  void put_aside(const core::Block& block, core::BlockState state) {
    if (state == core::BlockState::kCondemned) return block.region->condemned.set(block.granule);
    if (state == core::BlockState::kQuarantined) {
      if (with_caches_ && feed_.flag()) return cached_blocks().push_back(block.header());
      if (state_->quarantine.accepts())
        state_->quarantine.push(core::slot_of(block.header(), block.granules));
      return;
    }
    static_cast<void>(state_->index_of(state).insert(block.header(), block.granules));
    if (state == core::BlockState::kFree && block.granules >= 3 * core::kMinBlockGranules) add_ghost(block);
  }

  // The header of a block that was merged into `block`.
  void add_ghost(const core::Block& block) {
    const std::uint32_t room = block.granules - 2 * core::kMinBlockGranules;
    const std::uint32_t granule = block.granule + core::kMinBlockGranules + feed_.byte() % room;
    core::BlockFields fields;
    fields.state = core::BlockState::kReady;
    fields.granules = block.end() - granule;
    core::write_header(block.region->header_at(granule), fields, state_->keys);
    block.region->ghosts.set(granule);
  }

  fuzz::Feed& feed_;
  bool with_caches_;
  core::HeapState* state_ = nullptr;
};

// Holds what the examiner says against the regions.
class Judge final : public core::FaultSink, public core::BlockVisitor {
 public:
  explicit Judge(const core::HeapState& state) : state_(state) {}

  void on_fault(const core::Fault& fault) override {
    ++faults_;
    inside(fault.block);
    inside(fault.neighbour);
    const core::DamageWindow& window = fault.damage.window;
    if (window.size != 0) {
      inside(window.start);
      inside(window.start + window.size - 1);
    }
    if (fault.damage.present()) inside(fault.damage.address);
  }
  void visit(const core::BlockSnapshot& block) override { inside(block); }

  void inside(const core::BlockSnapshot& block) const {
    if (block.present()) inside(block.header);
  }
  [[nodiscard]] std::size_t faults() const { return faults_; }

 private:
  void inside(std::uintptr_t address) const {
    require(state_.regions.find(address) != nullptr, "a fault lies in a region", {{"at", address}});
  }

  const core::HeapState& state_;
  std::size_t faults_ = 0;
};

class Examination {
 public:
  explicit Examination(const core::HeapState& state) : state_(state), examiner_(state), judge_(state) {}

  void run(fuzz::Feed& feed) {
    const std::size_t found = examiner_.check(core::Moment::kCheck, judge_, feed.byte() % 2);
    require(found == judge_.faults(), "a check counts what it reports");
    examiner_.walk(judge_);
    for (const core::Region& region : state_.regions) {
      for (std::uint32_t start = 0; start < region.top; start = region.next_start(start)) {
        look_at(core::block_at(region, start));
      }
      for (unsigned i = 0; i < 16; ++i) look_at(region.base() + feed.number<std::uint32_t>() % (2 * kRoom));
    }
  }

 private:
  void look_at(core::BlockView block) {
    fuzz::Operations::add();
    judge_.inside(examiner_.snapshot(block));
    const bool listed = block.region->idle.test(block.granule);
    require((examiner_.holder_of(block) == core::Examiner::Holder::kIndex) == listed,
            "idle marks agree with who holds a block");
    if (listed) static_cast<void>(examiner_.listed_soundly(block));
    core::BlockFields fields;
    if (core::read_header(block.header(), state_.keys, fields) != core::HeaderVerdict::kIntact) {
      return judge_.on_fault(examiner_.damaged_header(block, core::Moment::kFree));
    }
    if (fields.state == core::BlockState::kLive) {
      if (!core::padding_holds(block.header(), fields.requested, block.capacity(), state_.keys)) {
        judge_.on_fault(examiner_.damaged_padding(block, core::Moment::kFree));
      }
    } else if (fields.state != core::BlockState::kBlank && fields.state != core::BlockState::kCondemned) {
      const std::uint32_t links = listed ? 1 : 0;
      if (!examiner_.poison_holds(block, block.granule + core::kHeaderGranules + links, block.end())) {
        judge_.on_fault(examiner_.damaged_idle(block, core::Moment::kReuse));
      }
    }
  }

  void look_at(std::uintptr_t address) {
    fuzz::Operations::add();
    judge_.inside(examiner_.find_block(address));
    judge_.on_fault(examiner_.bad_pointer(address, {}));
  }

  const core::HeapState& state_;
  core::Examiner examiner_;
  Judge judge_;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  static_cast<void>(grounds());
  fuzz::find_out_once();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Feed feed(data, size);
  const std::uint8_t setup = feed.byte();
  Builder builder(feed, (setup & 1) != 0);
  for (const Memory& memory : grounds().regions) builder.add_region(memory);
  for (const Memory& memory : grounds().regions) builder.damage(memory);
  Examination(builder.finish()).run(feed);
  return 0;
}
