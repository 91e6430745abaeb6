// Whether a block may be returned by the call that returns it: the function family, size and alignment.
#pragma once

#include <cstddef>

#include "core/block/header.h"
#include "core/config.h"
#include "core/fault.h"

namespace padlock::core {

inline bool families_match(Origin allocated, Origin returned) noexcept {
  const auto family = [](Origin origin) { return origin == Origin::kAligned ? Origin::kMalloc : origin; };
  return family(allocated) == family(returned);
}

inline bool alignment_matches(const BlockFields& fields, const FreeRequest& request) noexcept {
  const std::size_t allocated = fields.align_log2 == 0 ? 0 : std::size_t{1} << fields.align_log2;
  const bool from_new = request.origin == Origin::kNew || request.origin == Origin::kNewArray;
  if (!from_new && !request.alignment) return true;  // free() takes any alignment
  const std::size_t returned = request.alignment.value_or(0);
  return (returned == 1 ? 0 : returned) == allocated;  // an alignment of 1 is none
}

/// kNone if they fit.
inline FaultKind mismatch(const BlockFields& fields, const FreeRequest& request) noexcept {
  if (fields.number == 0) return FaultKind::kNone;  // a mended header: nothing to hold the call against
  if (!families_match(fields.origin, request.origin)) return FaultKind::kAllocDeallocMismatch;
  if (request.size && *request.size != fields.requested) return FaultKind::kDeleteSizeMismatch;
  if (!alignment_matches(fields, request)) return FaultKind::kDeleteAlignmentMismatch;
  return FaultKind::kNone;
}

}  // namespace padlock::core
