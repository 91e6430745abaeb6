// The exact unwinder: libgcc's, for frames that no simple rule describes.
#pragma once

#include <cstddef>
#include <span>

#include "os/thread.h"
#include "trace/frame_state.h"
#include "trace/rule_table.h"

namespace padlock::trace {

/// The stack from `caller` on, which must be a live frame of the calling thread. Returns its depth: at least
/// 1 for a non-empty `pcs`. `rules` look ahead, so that the walk stops before libgcc would trap on garbage.
std::size_t walk_exactly(const FrameState& caller, AddressRange stack, RuleTable& rules,
                         std::span<std::uintptr_t> pcs) noexcept;

}  // namespace padlock::trace
