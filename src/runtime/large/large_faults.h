// From something broken about a large block to a Fault. The out-of-band record knows what every byte of the
// header must be, so all damage is exact.
#pragma once

#include <cstdint>

#include "core/block/seal.h"
#include "core/config.h"
#include "core/fault.h"
#include "runtime/large/large_record.h"

namespace padlock::runtime {

/// Locks the padding, from the end of the requested bytes to the end of the body.
void lock_padding(const LargeRecord& record, const core::Keys& keys) noexcept;

/// Reports a damaged header and a damaged padding of a live block. Returns how many faults it found.
std::size_t verify_large(const LargeRecord& record, const core::Keys& keys, core::Moment moment,
                         core::FaultSink& faults) noexcept;

/// The block is not live any more: a double free or, for any other call, a use after free.
core::Fault large_not_live(const LargeRecord& record, const core::FreeRequest& request) noexcept;

/// Reports a call that does not fit how the block was allocated.
void report_large_mismatch(const LargeRecord& record, const core::FreeRequest& request,
                           core::FaultSink& faults) noexcept;

}  // namespace padlock::runtime
