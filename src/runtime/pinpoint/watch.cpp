// Messages to the tracer, which does all of it.
#include "runtime/pinpoint/watch.h"

#include "os/memory.h"
#include "os/tracer.h"
#include "runtime/guarded/guarded_blocks.h"

namespace padlock::runtime {
namespace {

void tell(WatchMessage::What what, const void* memory) noexcept {
  const GuardedBlock block = guarded_blocks.look_at(address_of(memory));
  if (!block.live() || block.block.user != address_of(memory)) return;
  WatchMessage message;
  message.what = what;
  message.page = block.data.end - os::page_size();
  message.page_end = block.data.end;
  message.user = block.block.user;
  message.user_end = block.block.user + block.block.requested;
  message.data = block.data.begin;
  message.data_end = block.data.end;
  if (message.user_end != message.page_end) os::tell_tracer(message);
}

}  // namespace

void begin_watching(const void* memory) noexcept { tell(WatchMessage::What::kWatch, memory); }

void end_watching(const void* memory) noexcept { tell(WatchMessage::What::kForget, memory); }

}  // namespace padlock::runtime
