// Whether a block may be returned by the call that returns it: the function family, size and alignment.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/block/header.h"
#include "core/config.h"
#include "core/fault.h"

namespace padlock::core {

/// Functions of one family may return each other's blocks: of malloc's, whose free() takes aligned ones too,
/// of new and of new[].
inline Origin family_of(Origin origin) noexcept {
  return origin == Origin::kAligned ? Origin::kMalloc : origin;
}

inline bool families_match(Origin allocated, Origin returned) noexcept {
  return family_of(allocated) == family_of(returned);
}

/// What a block was allocated as, from wherever it is known.
struct Terms {
  Origin origin;
  std::uint64_t requested;
  std::uint64_t alignment;  // asked for explicitly; 0: none
};

inline Terms terms_of(const BlockFields& fields) noexcept {
  return {fields.origin, fields.requested,
          fields.align_log2 == 0 ? 0 : std::uint64_t{1} << fields.align_log2};
}
inline Terms terms_of(const BlockSnapshot& block) noexcept {
  return {block.origin, block.requested, block.alignment};
}

inline bool alignment_matches(std::uint64_t allocated, const FreeRequest& request) noexcept {
  const bool from_new = request.origin == Origin::kNew || request.origin == Origin::kNewArray;
  if (!from_new && !request.alignment) return true;  // free() takes any alignment
  const auto effective = [](std::uint64_t alignment) { return alignment == 1 ? 0 : alignment; };  // 1 is none
  return effective(request.alignment.value_or(0)) == effective(allocated);
}

/// kNone if they fit.
inline FaultKind mismatch(const Terms& block, const FreeRequest& request) noexcept {
  if (family_of(block.origin) != family_of(request.origin)) return FaultKind::kAllocDeallocMismatch;
  if (request.size && *request.size != block.requested) return FaultKind::kDeleteSizeMismatch;
  if (!alignment_matches(block.alignment, request)) return FaultKind::kDeleteAlignmentMismatch;
  return FaultKind::kNone;
}

inline FaultKind mismatch(const BlockFields& fields, const FreeRequest& request) noexcept {
  if (fields.number == 0) return FaultKind::kNone;  // a mended header: nothing to hold the call against
  return mismatch(terms_of(fields), request);
}

}  // namespace padlock::core
