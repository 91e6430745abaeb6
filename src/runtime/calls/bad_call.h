// Calls that cannot be served as they are, and what the options say about them.
#pragma once

#include <cstddef>

#include "core/config.h"
#include "core/fault.h"
#include "runtime/calls/call.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// A fault, unless the options say that the call just fails.
void invalid_size(const AllocateCall& call, const trace::FrameState& from) noexcept;
/// A count and a size whose product is no size_t.
void invalid_product(core::Call call, const trace::FrameState& from) noexcept;
void invalid_alignment(const AllocateCall& call, const trace::FrameState& from) noexcept;

/// Makes a free fit the block, in whatever way the options say not to report.
void forgive_by_option(const void* pointer, core::FreeRequest& request) noexcept;
/// The family that a realloc of this block counts as: malloc's, unless mismatches are not to be reported.
core::Origin origin_for_realloc(const void* pointer) noexcept;

/// realloc where the allocator cannot be entered: the old block stays as it is and leaks. Null if its size
/// cannot be told.
void* bootstrap_resize(void* pointer, std::size_t size) noexcept;

}  // namespace padlock::runtime
