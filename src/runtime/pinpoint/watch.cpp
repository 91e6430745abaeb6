// Messages to the tracer, which does all of it.
#include "runtime/pinpoint/watch.h"

#include <optional>

#include "base/arith.h"
#include "os/memory.h"
#include "os/tracer.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/large/large_blocks.h"
#include "runtime/pinpoint/watched_site.h"

namespace padlock::runtime {
namespace {

WatchMessage about(const core::BlockSnapshot& block) noexcept {
  WatchMessage message;
  message.user = block.user;
  message.user_end = block.user + block.requested;
  return message;
}

// The slack at the end. What is before the block or far behind it is behind guard pages.
std::optional<WatchMessage> about_guarded(std::uintptr_t user) noexcept {
  const GuardedBlock block = guarded_blocks.look_at(user);
  if (!block.live() || block.block.user != user) return std::nullopt;
  WatchMessage message = about(block.block);
  message.data = block.data.begin;
  message.data_end = block.data.end;
  message.page = block.data.end - os::page_size();
  message.page_end = block.data.end;
  return message;
}

// The header or the padding: to watch both would make every write to the block's first page slow as well.
std::optional<WatchMessage> about_large(std::uintptr_t user) noexcept {
  const core::BlockSnapshot block = large_blocks.find_exact(reinterpret_cast<const void*>(user));
  const bool live = block.present() && block.state == core::BlockState::kLive;
  if (!live || !watched_site.takes({.trace = block.alloc_trace, .number = block.number})) return std::nullopt;
  const std::uintptr_t page = os::page_size();
  const bool front = watched_site.side() == GuardedSide::kFront;
  WatchMessage message = about(block);
  message.data = block.header;
  message.data_end = block.header + block.block_size;
  message.page = align_down(front ? message.data : message.user_end, page);
  message.page_end = align_up(front ? message.user : message.data_end, page);
  return message;
}

void tell(WatchMessage::What what, const void* memory) noexcept {
  std::optional<WatchMessage> message = about_guarded(address_of(memory));
  if (!message) message = about_large(address_of(memory));
  if (!message) return;
  const bool has_slack = message->user_end != message->page_end;
  if (what == WatchMessage::What::kWatch && !has_slack) return;
  message->what = what;
  os::tell_tracer(*message);
}

}  // namespace

void begin_watching(const void* memory) noexcept { tell(WatchMessage::What::kWatch, memory); }

void end_watching(const void* memory) noexcept { tell(WatchMessage::What::kForget, memory); }

}  // namespace padlock::runtime
