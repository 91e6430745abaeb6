// Freeing: nothing changes before the pointer, the header, the family and the padding have been looked at.
#include "core/block/mismatch.h"
#include "core/block/sealed_block.h"
#include "core/heap/heap.h"

namespace padlock::core {

// The live block that starts at `pointer`, with its header's fields; absent (and reported) for anything
// else.
Block Heap::validate(const void* pointer, const FreeRequest& request, BlockFields& fields,
                     FaultSink& faults) noexcept {
  const auto address = address_of(pointer);
  Region* region = state_.regions.find(address);
  const bool could_start =
      region != nullptr && address % kGranule == 0 && address - region->base() >= kHeaderSize;
  const std::uint32_t start = could_start ? region->granule_of(address) - kHeaderGranules : 0;
  if (!could_start || start >= region->top || !region->starts.test(start)) {
    faults.on_fault(examiner_.bad_pointer(address, request));
    return {};
  }
  if (read_header(BlockHeader::of_user(pointer), state_.keys, fields) != HeaderVerdict::kIntact) {
    return validate_damaged(block_at(*region, start), request, fields, faults);
  }
  const Block block{region, start, fields.granules};
  if (fields.state == BlockState::kLive) return block;
  const bool ever_used = fields.state != BlockState::kBlank;
  faults.on_fault(ever_used ? examiner_.not_live(block, request) : examiner_.bad_pointer(address, request));
  return {};
}

// The header does not verify. A live block is mended, so that a later call finds it sound; only a free goes
// on with it at once.
Block Heap::validate_damaged(const Block& block, const FreeRequest& request, BlockFields& fields,
                             FaultSink& faults) noexcept {
  if (examiner_.holder_of(block) != Examiner::Holder::kProgram) {
    faults.on_fault(examiner_.not_live(block, request));
    return {};
  }
  mender_.report(examiner_.damaged_header(block, request.moment), block, faults);
  mender_.mend(block);
  if (request.moment != Moment::kFree) return {};
  static_cast<void>(read_header(block.header(), state_.keys, fields));
  return block;
}

void Heap::report_mismatch(const Block& block, const BlockFields& fields, const FreeRequest& request,
                           FaultSink& faults) const noexcept {
  const FaultKind kind = mismatch(fields, request);
  if (kind == FaultKind::kNone) return;
  faults.on_fault(mismatch_fault(kind, snapshot_of(block.header(), block.granules, fields), request));
}

void Heap::deallocate(void* pointer, const FreeRequest& request, FaultSink& faults) noexcept {
  BlockFields fields;
  const Block block = validate(pointer, request, fields, faults);
  if (!block.present()) return;
  report_mismatch(block, fields, request, faults);
  if (!padding_holds(block.header(), fields.requested, block.capacity(), state_.keys)) {
    mender_.report(examiner_.damaged_padding(block, request.moment), block, faults);
  }
  --state_.stats.live_blocks;
  uncount_live_bytes(fields.requested);
  state_.stats.live_block_bytes -= std::size_t{block.granules} * kGranule;
  retire(block, fields, request.by, faults);
}

std::size_t Heap::usable_size(const void* pointer, FaultSink& faults) noexcept {
  FreeRequest request;
  request.moment = Moment::kUsableSize;
  BlockFields fields;
  return validate(pointer, request, fields, faults).present() ? fields.requested : 0;
}

}  // namespace padlock::core
