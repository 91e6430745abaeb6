// A large block is sealed, verified and judged by what the core has for any block; the out-of-band record
// knows what every byte of the header must be, so all damage is exact.
#pragma once

#include <cstdint>

#include "core/block/seal.h"
#include "core/config.h"
#include "core/fault.h"
#include "runtime/large/large_record.h"

namespace padlock::runtime {

/// Writes the header and locks the padding, as the record describes them; the record remembers the header.
void seal_large(LargeRecord& record, const core::Keys& keys) noexcept;

/// Whether the record of a live block agrees with itself, so that a look at the block goes astray nowhere;
/// and what it is called where it does not.
bool record_holds(const LargeRecord& record, const core::Keys& keys) noexcept;
void report_record(const LargeRecord& record, core::Moment moment, core::FaultSink& faults) noexcept;

/// Reports a damaged header and a damaged padding of a live block. Returns how many faults it found.
std::size_t verify_large(const LargeRecord& record, const core::Keys& keys, core::Moment moment,
                         core::FaultSink& faults) noexcept;

/// Reports a call that does not fit how the block was allocated.
void report_large_mismatch(const LargeRecord& record, const core::FreeRequest& request,
                           core::FaultSink& faults) noexcept;

}  // namespace padlock::runtime
