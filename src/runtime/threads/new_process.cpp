// The flag that says blocks were lost with the parent's threads.
#include "runtime/threads/new_process.h"

#include <atomic>

namespace padlock::runtime {
namespace {

constinit std::atomic<bool> lost_blocks{false};

}  // namespace

bool has_lost_blocks() noexcept { return lost_blocks.load(std::memory_order_relaxed); }
void note_lost_blocks() noexcept { lost_blocks.store(true, std::memory_order_relaxed); }

}  // namespace padlock::runtime
