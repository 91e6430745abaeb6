// Forwards to the check and to what the program exempts.
#include "runtime/leaks/api.h"

#include "base/arith.h"
#include "os/raw_io.h"
#include "padlock/padlock.h"
#include "runtime/calls/entry.h"
#include "runtime/holders/place.h"
#include "runtime/leaks/exemptions.h"
#include "runtime/leaks/leak_check.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

AddressRange range_of(const void* memory, std::size_t size) noexcept {
  return {address_of(memory), address_of(memory) + size};
}

}  // namespace

std::size_t leak_check_on_request(const trace::FrameState& from) noexcept {
  const LeakCheckResult result = check_leaks(from);
  return result.possible ? static_cast<std::size_t>(result.blocks) : PADLOCK_LEAKS_UNKNOWN;
}

void check_leaks_for_good(const trace::FrameState& from) noexcept {
  const LeakCheckResult result = check_leaks_at_exit(from);
  const int status = status_after_leaks(result);
  if (result.blocks != 0 && status != 0) os::exit_now(status);
}

bool check_leaks_and_go_on(const trace::FrameState& from) noexcept {
  { const Entry starts_padlock(from, core::Call::kNone); }
  return settings.options.detect_leaks && check_leaks(from).blocks != 0;
}

void exclude_own_blocks(const trace::FrameState& from) noexcept {
  const Entry entry(from, core::Call::kNone);
  if (!entry.granted()) return;
  exemptions.exclude_own_blocks(thread_slot.state->index, thread_slot.state->numbers.next);
}

void include_own_blocks(const trace::FrameState& from) noexcept {
  const Entry entry(from, core::Call::kNone);
  if (!entry.granted()) return;
  exemptions.include_own_blocks(thread_slot.state->index, thread_slot.state->numbers.next);
}

void exclude_block(const void* address) noexcept {
  const Asking asking;
  const core::BlockSnapshot block = find_block(address_of(address));
  if (!block.present() || block.state != core::BlockState::kLive) return;
  exemptions.exclude_block(block.alloc_thread, block.number);
}

void add_root(const void* memory, std::size_t size) noexcept {
  const Asking asking;
  exemptions.add_root(range_of(memory, size));
}

bool remove_root(const void* memory, std::size_t size) noexcept {
  const Asking asking;
  return exemptions.remove_root(range_of(memory, size));
}

}  // namespace padlock::runtime
