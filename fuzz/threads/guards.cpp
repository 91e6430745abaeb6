// Setting guards up, and holding what they do against what is known.
#include "threads/guards.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <memory>

#include "base/arith.h"
#include "base/units.h"
#include "model/require.h"
#include "runtime/guarded/guard_sites.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/place.h"
#include "runtime/memory/settings.h"
#include "runtime/process/trap_fault.h"

namespace padlock::fuzz {
namespace {

constexpr std::uintptr_t kPage = 4096;
constexpr std::size_t kFewPages = 64_KiB;
constexpr std::size_t kClosedBytes = 256_KiB;     // of slots of each size, at least, that stay closed
constexpr unsigned kPerSite = 2;                  // blocks that are guarded for certain
constexpr std::uint32_t kSitesApart = 32 * 1024;  // that have a counter of their own
constexpr unsigned kMostCounted = 40;
constexpr std::size_t kGranule = 16;
constexpr std::size_t kMostAligned = 64_KiB;  // others are large blocks

bool overlap(AddressRange one, AddressRange other) noexcept {
  return one.begin < other.end && other.begin < one.end;
}

// The kernel's word on a byte: 0 or an error, EFAULT where it cannot be accessed.
int access_by_kernel(long call, std::uintptr_t address) noexcept {
  const int before = errno;
  unsigned char byte = 0;
  const iovec here{&byte, 1};
  const iovec there{reinterpret_cast<void*>(address), 1};
  const long done = syscall(call, getpid(), &here, 1UL, &there, 1UL, 0UL);
  const int error = done == 1 ? 0 : errno;
  errno = before;
  return error;
}

void require_open(std::uintptr_t address) {
  require(access_by_kernel(SYS_process_vm_readv, address) != EFAULT, "a guarded block can be read",
          {{"at", address}});
}

void require_inaccessible(std::uintptr_t address) {
  require(access_by_kernel(SYS_process_vm_readv, address) != 0, "what is closed cannot be read",
          {{"at", address}});
  require(access_by_kernel(SYS_process_vm_writev, address) != 0, "what is closed cannot be written to",
          {{"at", address}});
}

void require_locked(AddressRange slack) {
  for (std::uintptr_t at = slack.begin; at < slack.end; ++at) {
    require(*reinterpret_cast<const unsigned char*>(at) != 0, "slack around a guarded block is locked",
            {{"at", at}});
  }
}

void set_up_runtime(const runtime::GuardLimits& limits, bool exact) {
  runtime::GuardedBlocks::Limits space;
  space.quarantine_bytes = kClosedBytes;
  space.exact = exact;
  runtime::guarded_blocks.set_up(runtime::settings.keys, space);
  std::destroy_at(&runtime::guard_sites);
  std::construct_at(&runtime::guard_sites);
  if (limits.per_site == 0) return;
  runtime::guard_sites.set_up(limits);
  require(runtime::guarded_blocks.begin(), "there are addresses for guarded blocks");
  runtime::guard_sites.begin();
}

}  // namespace

AddressRange pages_of(const unsigned char* memory, std::size_t size) noexcept {
  const std::uintptr_t user = address_of(memory);
  return {align_down(user, kPage), align_up(user + std::max<std::size_t>(size, 1), kPage)};
}

// A slot has a page more on either side, and a power of two of pages.
std::size_t slot_of(const Held& held) noexcept {
  const std::size_t before = std::max(held.alignment, kPage) - kPage;  // that alignment may need
  return std::max(std::bit_ceil(pages_of(held.memory, held.size).size() + before + 2 * kPage), 4 * kPage);
}

Guards::Guards() { set_up(0); }

Guards::~Guards() { set_up_runtime({}, false); }

void Guards::set_up(std::uint8_t choice) {
  constexpr std::uint8_t kOffer = 4;
  const bool few = choice % kOffer == 3;
  mode_ = few ? Mode::kAll : static_cast<Mode>(choice % kOffer);
  exact_ = choice / kOffer % 2 != 0;
  budget_ = few ? kFewPages : 64_MiB;
  sites_.clear();
  unsure_.clear();
  runtime::GuardLimits limits;
  limits.per_site = mode_ == Mode::kOff ? 0 : kPerSite;
  limits.open_bytes = budget_;
  limits.all = mode_ == Mode::kAll;
  limits.any_time = true;
  set_up_runtime(limits, exact_);
}

void Guards::look_at(Held& held, const Given& given) const {
  const std::uintptr_t user = address_of(held.memory);
  const core::BlockSnapshot block = runtime::find_block(user);
  held.guarded = runtime::place_of(user).holder == runtime::Holder::kGuarded;
  held.site = block.alloc_trace;
  const std::size_t alignment = std::max(given.alignment, held.guarded && is_exact(given) ? 1 : kGranule);
  require(user % alignment == 0, "a block is aligned", {{"at", user}, {"by", alignment}});
  if (!held.guarded) return;
  require(block.user == user && block.requested == held.size && block.origin == held.origin &&
              block.state == core::BlockState::kLive,
          "a guarded block is known as it was asked for", {{"user", block.user}, {"size", block.requested}});
  look_at_edges(held);
}

void Guards::look_at_edges(const Held& held) {
  const std::uintptr_t user = address_of(held.memory);
  const std::uintptr_t end = user + held.size;
  const AddressRange pages = pages_of(held.memory, held.size);
  require_locked({pages.begin, user});
  require_locked({end, pages.end});
  require_open(pages.begin);
  require_open(pages.end - 1);
  require_inaccessible(pages.begin - 1);
  require_inaccessible(pages.end);
  require_trap(pages.begin - 1, core::Access::kRead, core::FaultKind::kHeapBufferUnderflow, held.memory);
  require_trap(pages.end, core::Access::kWrite, core::FaultKind::kHeapBufferOverflow, held.memory);
  for (const std::uintptr_t at : {user - 1, user, user + held.size / 2, end}) {
    const std::size_t room = at < user ? 0 : end - at;
    require(runtime::guarded_blocks.accessible_at(at) == room, "what the program may access is known",
            {{"at", at}, {"room", room}});
  }
}

// The context says nothing: whatever is found is by the address.
void Guards::require_trap(std::uintptr_t address, core::Access access, core::FaultKind kind,
                          const void* block) {
  const arch::Context nothing{};
  const core::Fault fault = runtime::explain_trap(address, access, nothing);
  require(runtime::may_be_guarded(address), "a trap beside a guarded block is Padlock's", {{"at", address}});
  require(fault.kind == kind && fault.address == address && fault.block.user == address_of(block),
          "a trap is put down to the block that was meant",
          {{"at", address},
           {"expected", static_cast<std::uint64_t>(kind)},
           {"found", static_cast<std::uint64_t>(fault.kind)},
           {"block", address_of(block)},
           {"named", fault.block.user}});
}

bool Guards::is_known(std::uint32_t site) const {
  return site != 0 && site < kSitesApart && !unsure_.contains(site);
}

void Guards::require_due(const Held& held, const Given& given) const {
  const bool fits = held.size < runtime::settings.large_threshold && given.alignment <= kMostAligned;
  const bool may = mode_ != Mode::kOff && fits && open_ < budget_;
  require(may || !held.guarded, "what is guarded is as the options say",
          {{"size", held.size}, {"alignment", given.alignment}, {"open", open_}});
  const auto found = sites_.find(held.site);
  const bool first = is_known(held.site) && (found == sites_.end() || found->second < kPerSite);
  const bool must = may && given.long_way && (mode_ == Mode::kAll || first);
  require(!must || held.guarded,
          mode_ == Mode::kAll ? "every block is guarded" : "the first blocks of a site are guarded",
          {{"size", held.size}, {"site", held.site}, {"open", open_}});
}

// One to the end of its pages, the next one to their beginning; where all are guarded, the second one alone.
void Guards::count(const Held& held, const Given& given) {
  if (!held.guarded) return;
  unsigned& counted = sites_[held.site];
  const AddressRange pages = pages_of(held.memory, held.size);
  const std::uintptr_t user = address_of(held.memory);
  const std::uintptr_t left = pages.end - user - std::max<std::size_t>(held.size, 1);
  const std::size_t step =
      is_exact(given) ? std::max<std::size_t>(given.alignment, 1) : std::max(given.alignment, kGranule);
  const bool front = user == pages.begin;
  const bool back = left < step;
  require(front || back, "a guarded block begins or ends with its pages", {{"at", user}, {"left", left}});
  if (is_known(held.site)) {
    const bool in_turn = std::min(counted, kMostCounted) % 2 == 0;
    const bool at_back = mode_ == Mode::kAll ? counted != 1 : in_turn;
    require(at_back ? back : front, "guarded blocks of a site lie at the end that is theirs",
            {{"before", counted}, {"at", user}, {"left", left}});
  }
  ++counted;
}

void Guards::note_given(const Held& held, const Given& given) {
  require_due(held, given);
  count(held, given);
  if (!held.guarded) return;
  const AddressRange pages = pages_of(held.memory, held.size);
  open_ += pages.size();
  take_closed(pages);
}

// Memory of closed blocks is used again only once enough others have been closed after them.
void Guards::take_closed(AddressRange pages) {
  for (const Closed& closed : closed_) {
    if (!overlap(closed.pages, pages)) continue;
    require(!surely(closed), "freed guarded blocks stay closed as long as others are freed",
            {{"block", address_of(closed.memory)}, {"again", pages.begin}});
  }
  std::erase_if(closed_, [&](const Closed& closed) { return overlap(closed.pages, pages); });
}

bool Guards::surely(const Closed& closed) const {
  const std::size_t slot = closed.slot;
  return (frees_.at(slot) - closed.freed_before) * slot < kClosedBytes;
}

void Guards::note_closed(const Held& held) {
  if (!held.guarded) return;
  const AddressRange pages = pages_of(held.memory, held.size);
  open_ -= pages.size();
  std::uint64_t& frees = frees_[slot_of(held)];
  closed_.push_back({held.memory, held.size, pages, slot_of(held), frees++});
  verify_closed(closed_.back());
}

void Guards::note_together(const std::vector<Held>& given, const std::vector<Held>& freed,
                           const Holdings& live) {
  open_ = live.guarded_bytes();
  const std::map<std::size_t, std::uint64_t> before = frees_;
  for (const Held& held : freed) ++frees_[slot_of(held)];
  for (const Held& held : given) {
    unsure_.insert(held.site);
    if (held.guarded) take_closed(pages_of(held.memory, held.size));
  }
  // Where a slot was used twice, which block it had last is not known.
  const auto overlapping = [&](AddressRange pages) {
    return std::ranges::count_if(
        freed, [&](const Held& other) { return overlap(pages_of(other.memory, other.size), pages); });
  };
  for (const Held& held : freed) {
    const AddressRange pages = pages_of(held.memory, held.size);
    if (overlapping(pages) != 1 || live.holds_any(pages)) continue;
    const auto found = before.find(slot_of(held));
    closed_.push_back(
        {held.memory, held.size, pages, slot_of(held), found == before.end() ? 0 : found->second});
  }
  verify_closed();
}

const Closed* Guards::closed(std::size_t index) const {
  std::vector<const Closed*> all;
  for (const Closed& one : closed_) {
    if (surely(one)) all.push_back(&one);
  }
  return all.empty() ? nullptr : all[index % all.size()];
}

void Guards::verify_closed(const Closed& closed) const {
  const std::uintptr_t user = address_of(closed.memory);
  require_inaccessible(closed.pages.begin);
  require_inaccessible(user);
  require_inaccessible(closed.pages.end - 1);
  require_trap(user, core::Access::kRead, core::FaultKind::kUseAfterFree, closed.memory);
  const core::BlockSnapshot block = runtime::find_block(user);
  require(
      block.user == user && block.requested == closed.size && block.state == core::BlockState::kQuarantined,
      "a freed guarded block is known as it was", {{"at", user}, {"user", block.user}});
}

void Guards::verify_closed() const {
  for (const Closed& one : closed_) {
    if (surely(one)) verify_closed(one);
  }
}

}  // namespace padlock::fuzz
