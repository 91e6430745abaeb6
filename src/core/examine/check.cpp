// Heap::check(): every invariant of docs/INVARIANTS.md, over every block and every index.
#include "core/block/idle_memory.h"
#include "core/block/sealed_block.h"
#include "core/examine/examiner.h"
#include "core/examine/rare_marks.h"

namespace padlock::core {

namespace {

// One check: what it counts on its way, to be held against what the heap believes.
class Census {
 public:
  Census(const HeapState& state, Moment moment, FaultSink& sink, std::uint16_t first_thread) noexcept
      : state_(state), examiner_(state), moment_(moment), sink_(sink), first_thread_(first_thread) {}

  [[nodiscard]] bool tables_hold() noexcept;
  void check_region(const Region& region) noexcept;
  void check_quarantine() noexcept;
  void check_counts() noexcept;
  [[nodiscard]] std::size_t faults() const noexcept { return faults_; }

 private:
  struct Tally {
    std::size_t blocks = 0;
    std::size_t bytes = 0;  // with headers and padding

    void add(BlockView block) noexcept {
      ++blocks;
      bytes += std::size_t{block.granules} * kGranule;
    }
  };

  [[nodiscard]] bool passes_over(const BlockFields& fields) const noexcept;
  [[nodiscard]] bool all_passed_over(BlockView block, const BlockFields& fields) const noexcept;
  [[nodiscard]] bool padding_holds(BlockView block, const BlockFields& fields) const noexcept;
  [[nodiscard]] static bool borders_hold(const Region& region) noexcept;
  void check_unallocated(const Region& region) noexcept;
  [[nodiscard]] std::uint32_t behind(BlockView block) const noexcept;
  [[nodiscard]] bool plainly_sound(BlockView block) noexcept;
  void check_block(BlockView block) noexcept;
  [[nodiscard]] bool bookkeeping_holds(BlockView block, const BlockFields& fields) const noexcept;
  [[nodiscard]] bool ghost_is_mismarked(BlockView block, std::uintptr_t damaged) const noexcept;
  void check_idle(BlockView block, const BlockFields& fields) noexcept;
  [[nodiscard]] bool live_and_quarantined_match() const noexcept;
  void report(const Fault& fault) noexcept;
  void report_table(Table table, std::uintptr_t address) noexcept;
  void report_marks(BlockView block) noexcept;

  const HeapState& state_;
  Examiner examiner_;
  Moment moment_;
  FaultSink& sink_;
  std::uint32_t first_thread_;
  std::size_t faults_ = 0;
  Tally live_;
  Tally quarantined_;
  Tally blank_;
  Tally condemned_;
  Tally listed_;
  bool index_holds_ = true;
  std::uintptr_t told_end_ = 0;  // damage up to here has been reported
  std::uintptr_t free_end_ = 0;  // where the last free block ended
};

// Whether what the block holds is left out: none of the threads that count allocated or freed it. A thread
// of index 0 is not known.
bool Census::passes_over(const BlockFields& fields) const noexcept {
  return fields.alloc_thread != 0 && fields.alloc_thread < first_thread_ &&
         fields.free_thread < first_thread_;
}

void Census::report(const Fault& fault) noexcept {
  ++faults_;
  told_end_ = fault.damage.address + fault.damage.length;
  sink_.on_fault(fault);
}

// What the heap knows out of band contradicts itself, or a block at `address`.
void Census::report_table(Table table, std::uintptr_t address) noexcept {
  report(table_fault(table, address, moment_));
}

// The header of the block verifies, and the marks say something else.
void Census::report_marks(BlockView block) noexcept {
  Fault fault = fault_of(FaultKind::kMetadataCorruption, moment_, examiner_.snapshot(block));
  fault.table = Table::kMarks;
  fault.address = address_of(block.header());
  report(fault);
}

// Counts mean something only where every header could be read.
void Census::check_counts() noexcept {
  const bool tally = live_and_quarantined_match() &&
                     listed_.blocks == state_.ready.count() + state_.free.count() &&
                     listed_.bytes == state_.ready.bytes() + state_.free.bytes() &&
                     condemned_.bytes == state_.stats.condemned_bytes;
  if (faults_ == 0 && !tally) report_table(Table::kCounts, 0);
}

// Whether the way to blocks and slots leads astray nowhere: otherwise there is no more to be looked at.
bool Census::tables_hold() noexcept {
  if (!state_.is_sound()) {
    report_table(Table::kHeap, address_of(&state_));
    return false;
  }
  for (const Region& region : state_.regions) {
    if (region.is_sound()) continue;
    report_table(Table::kRegion, address_of(&region));
    return false;
  }
  for (const FreeIndex* index : {&state_.ready, &state_.free}) {
    if (index->heads_hold()) continue;
    report_table(Table::kIdle, address_of(index));
    index_holds_ = false;
  }
  // Otherwise links lead to blocks that are not marked, or the other way around: not the links are to blame.
  std::size_t idle = 0;
  for (const Region& region : state_.regions) idle += region.idle.count(region.top);
  index_holds_ = index_holds_ && idle == state_.ready.count() + state_.free.count();
  return true;
}

// Caches and program change lent blocks from blank to live to quarantined; their sum stays.
bool Census::live_and_quarantined_match() const noexcept {
  const HeapStats& stats = state_.stats;
  const Quarantine& quarantine = state_.quarantine;
  if (!state_.has_caches()) {
    return live_.blocks == stats.live_blocks && live_.bytes == stats.live_block_bytes &&
           quarantined_.blocks == quarantine.count() && blank_.blocks == 0;
  }
  return live_.blocks + quarantined_.blocks + blank_.blocks == stats.live_blocks + quarantine.count() &&
         live_.bytes + quarantined_.bytes + blank_.bytes == stats.live_block_bytes + quarantine.bytes();
}

// No mark lies behind what is in use, nor one of a block whose header would reach beyond. (That it lies in
// what is accessible Region::is_sound() has seen.)
bool Census::borders_hold(const Region& region) noexcept {
  const std::uint32_t least = std::min(region.top, kMinBlockGranules - 1);
  if (region.starts.first_in(region.top - least, region.top) != Bitmap::kNone) return false;
  for (const Bitmap* marks : {&region.starts, &region.idle, &region.condemned, &region.ghosts}) {
    if (marks->first_in(region.top, region.granules()) != Bitmap::kNone) return false;
    if (!marks->summary_holds(region.top)) return false;
  }
  return true;
}

bool is_zero(AddressRange range) noexcept {
  std::uint64_t any = 0;
  for (std::uintptr_t at = range.begin; at < range.end && any == 0; at += kGranule) {
    const auto* const granule = reinterpret_cast<const std::byte*>(at);
    any = load_word(granule) | load_word(granule + sizeof any);
  }
  return any == 0;
}

// A write to memory that should be zero, as no block ever lay there that was handed out. Which block it went
// out from nothing shows.
Fault write_to_unused(const Examiner& examiner, AddressRange memory, Moment moment) noexcept {
  Fault fault = fault_of(FaultKind::kHeapBufferOverflow, moment, examiner.nearest_before(memory.begin));
  fault.damage = measure_damage(memory, fault.block.user, memory, [](std::uintptr_t /*address*/) {
    return ExpectedByte{true, 0};
  });
  fault.blame = Blame::kNearest;
  if (fault.block.present()) return fault;
  fault.kind = FaultKind::kMetadataCorruption;
  fault.table = Table::kUnallocated;
  fault.address = fault.damage.address;
  return fault;
}

// What is accessible behind the last block. Damage that has been reported may have gone on there.
void Census::check_unallocated(const Region& region) noexcept {
  const AddressRange memory{address_of(region.bytes_at(region.top)), region.open_end()};
  if (!state_.zero_until_used || told_end_ != 0 || is_zero(memory)) return;
  report(write_to_unused(examiner_, memory, moment_));
}

void Census::check_region(const Region& region) noexcept {
  told_end_ = free_end_ = 0;
  if (!borders_hold(region)) return report_table(Table::kMarks, region.base());
  std::uint32_t start = region.top == 0 ? region.top : region.starts.first_in(0, region.top);
  // Blocks tile a region from its base to its top.
  if (start != 0) report_table(Table::kMarks, region.base());
  RareMarks marks(region);
  while (start < region.top) {
    const BlockView block = block_at(region, start);
    __builtin_prefetch(region.bytes_at(block.end()));
    if (marks.none_in(block) && plainly_sound(block)) {
      start = block.end();
      continue;
    }
    check_block(block);
    start = behind(block);
  }
  check_unallocated(region);
}

// Where the next block starts. A header that verifies knows better than a mark that was lost, or one too
// many.
std::uint32_t Census::behind(BlockView block) const noexcept {
  BlockFields fields;
  if (read_header(block.header(), state_.keys, fields) != HeaderVerdict::kIntact) return block.end();
  const std::uint32_t room = block.region->top - block.granule;
  // What is left is either nothing or room for a block.
  const bool fits = fields.granules == room || fields.granules + kMinBlockGranules <= room;
  return fits && fields.granules >= kMinBlockGranules ? block.granule + fields.granules : block.end();
}

// Counts a block without marks that is live or quarantined and sound; false, and nothing done, for any
// other. What check_block() finds of such a block, in one go.
inline bool Census::plainly_sound(BlockView block) noexcept {
  BlockFields fields;
  if (read_header(block.header(), state_.keys, fields) != HeaderVerdict::kIntact) return false;
  if (fields.granules != block.granules || block.granules < kMinBlockGranules) return false;
  const std::byte* const user = block.user();
  if (fields.state == BlockState::kLive) {
    if (fields.requested + kMinPadding > block.capacity()) return false;
    if (!padding_holds(block, fields)) return false;
    live_.add(block);
    return true;
  }
  if (fields.state != BlockState::kQuarantined) return false;
  if (!passes_over(fields) && !poison_intact(user, user + block.capacity(), state_.keys.poison)) return false;
  quarantined_.add(block);
  return true;
}

inline bool Census::padding_holds(BlockView block, const BlockFields& fields) const noexcept {
  return passes_over(fields) ||
         core::padding_holds(block.header(), fields.requested, block.capacity(), state_.keys);
}

void Census::check_block(BlockView block) noexcept {
  BlockFields fields;
  if (read_header(block.header(), state_.keys, fields) != HeaderVerdict::kIntact) {
    if (told_end_ <= address_of(block.header())) report(examiner_.damaged_header(block, moment_));
    return;
  }
  if (!bookkeeping_holds(block, fields)) return report_marks(block);
  switch (fields.state) {
    case BlockState::kLive:
      live_.add(block);
      if (!padding_holds(block, fields)) report(examiner_.damaged_padding(block, moment_));
      break;
    case BlockState::kCondemned:
      (examiner_.is_lent(block) ? blank_ : condemned_).add(block);
      break;
    case BlockState::kBlank:
      blank_.add(block);
      break;
    default:
      check_idle(block, fields);
  }
}

// Whether no mark of a merged block, from `first` on, lies within the header of another: nobody looks there
// for poison.
bool ghosts_lie_apart(const Bitmap& ghosts, std::uint32_t first, std::uint32_t end) noexcept {
  for (std::uint32_t ghost = first; ghost != Bitmap::kNone;) {
    const std::uint32_t next = ghosts.first_in(ghost + 1, end);
    if (next != Bitmap::kNone && next - ghost < kHeaderGranules) return false;
    ghost = next;
  }
  return true;
}

// What the header says agrees with what is known out of band.
bool Census::bookkeeping_holds(BlockView block, const BlockFields& fields) const noexcept {
  const Region& region = *block.region;
  if (fields.granules != block.granules || block.granules < kMinBlockGranules) return false;
  if (fields.state > BlockState::kBlank) return false;
  if (fields.state == BlockState::kLive && fields.requested + kMinPadding > block.capacity()) return false;
  const bool listed = fields.state == BlockState::kReady || fields.state == BlockState::kFree;
  if (region.idle.test(block.granule) != listed) return false;
  if (region.condemned.test(block.granule) != (fields.state == BlockState::kCondemned)) return false;
  const std::uint32_t inside = block.granule + 1;
  const std::uint32_t ghost = region.ghosts.first_in(block.granule, block.end());
  return region.idle.first_in(inside, block.end()) == Bitmap::kNone &&
         region.condemned.first_in(inside, block.end()) == Bitmap::kNone &&
         (ghost == Bitmap::kNone ||
          (fields.state == BlockState::kFree && ghost >= block.granule + kMinBlockGranules &&
           ghosts_lie_apart(region.ghosts, ghost, block.end())));
}

void Census::check_idle(BlockView block, const BlockFields& fields) noexcept {
  const bool listed = block.region->idle.test(block.granule);
  if (fields.state == BlockState::kFree) {
    const auto begin = address_of(block.header());
    if (begin == free_end_) report_marks(block);
    free_end_ = begin + std::uintptr_t{block.granules} * kGranule;
  }
  std::uint32_t poisoned_from = block.granule + kHeaderGranules;
  bool links_hold = true;
  if (listed) {
    listed_.add(block);
    ++poisoned_from;
    links_hold = !index_holds_ || examiner_.listed_soundly(block);
  } else {
    quarantined_.add(block);
  }
  if (links_hold &&
      (all_passed_over(block, fields) || examiner_.poison_holds(block, poisoned_from, block.end())))
    return;
  const Fault fault = examiner_.damaged_idle(block, moment_);
  if (ghost_is_mismarked(block, fault.damage.address)) return report_marks(block);
  report(fault);
}

// Whether the header of a merged block is whole where the marks name none, or the poison is where they name
// one.
bool Census::ghost_is_mismarked(BlockView block, std::uintptr_t damaged) const noexcept {
  const Region& region = *block.region;
  if (damaged < address_of(block.header()) || damaged >= end_of(block)) return false;
  const std::uint32_t at = region.granule_of(damaged);
  for (std::uint32_t granule = at - 1; granule <= at; ++granule) {
    if (granule <= block.granule || granule + kHeaderGranules > block.end()) continue;
    const bool marked = region.ghosts.test(granule);
    BlockFields fields;
    const bool whole = read_header(region.header_at(granule), state_.keys, fields) == HeaderVerdict::kIntact;
    const std::byte* const bytes = region.bytes_at(granule);
    if (whole && !marked) return true;
    if (marked && !whole && idle_intact(bytes, bytes + kHeaderSize, state_.keys.poison)) return true;
  }
  return false;
}

// Of a block that was merged, its parts too: their headers have stayed as ghosts.
bool Census::all_passed_over(BlockView block, const BlockFields& fields) const noexcept {
  if (!passes_over(fields)) return false;
  const Bitmap& ghosts = block.region->ghosts;
  for (std::uint32_t ghost = ghosts.first_in(block.granule, block.end()); ghost != Bitmap::kNone;
       ghost = ghosts.first_in(ghost + 1, block.end())) {
    BlockFields part;
    if (read_header(block.region->header_at(ghost), state_.keys, part) != HeaderVerdict::kIntact)
      return false;
    if (!passes_over(part)) return false;
  }
  return true;
}

// Every slot names a block, and a quarantined one if its header can be read.
void Census::check_quarantine() noexcept {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < state_.quarantine.count(); ++i) {
    const Quarantine::Held held = state_.quarantine.peek(i);
    const auto address = address_of(held.block);
    bytes += std::size_t{held.granules} * kGranule;
    const Region* region = state_.regions.find(address);
    if (region == nullptr || address % kGranule != 0 || !region->starts.test(region->granule_of(address))) {
      report_table(Table::kQuarantine, address);
      continue;
    }
    BlockFields fields;
    if (read_header(held.block, state_.keys, fields) != HeaderVerdict::kIntact) continue;  // reported already
    if (fields.state != BlockState::kQuarantined || fields.granules != held.granules) {
      report_table(Table::kQuarantine, address);
    }
  }
  if (bytes != state_.quarantine.bytes()) report_table(Table::kQuarantine, address_of(&state_.quarantine));
}

}  // namespace

std::size_t Examiner::check(Moment moment, FaultSink& faults, std::uint16_t first_thread) const noexcept {
  Census census(state_, moment, faults, first_thread);
  if (!census.tables_hold()) return census.faults();
  for (const Region& region : state_.regions) census.check_region(region);
  census.check_quarantine();
  census.check_counts();
  return census.faults();
}

}  // namespace padlock::core
