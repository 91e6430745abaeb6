// Calls that cannot be served as they are, and what the options say about them.
#pragma once

#include <cstddef>

#include "core/config.h"
#include "core/fault.h"
#include "runtime/calls/call.h"
#include "runtime/holders/place.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// A fault, unless the options say that the call just fails; in any case where the size is a value that
/// Padlock had put into memory.
void invalid_size(const AllocateCall& call, const trace::FrameState& from) noexcept;
/// The same for a count and a size whose product is no size_t, or larger than any block: one of the two may
/// be such a value.
void invalid_product(core::Call call, std::size_t count, std::size_t size,
                     const trace::FrameState& from) noexcept;
void invalid_alignment(const AllocateCall& call, const trace::FrameState& from) noexcept;

/// A pointer that no holder has, or that is no block's start. Inside an Entry; goes to its faults.
void invalid_pointer(const void* pointer, core::Moment moment, core::Origin origin,
                     core::FaultSink& faults) noexcept;

/// Adjusts the request so that mismatches disabled by options are not reported.
void forgive_by_option(const Place& place, const void* pointer, core::FreeRequest& request) noexcept;
/// The family that a realloc of this block counts as: malloc's, unless mismatches are not to be reported.
core::Origin origin_for_realloc(const Place& place, const void* pointer) noexcept;

}  // namespace padlock::runtime
