// The tables of names.
#include "report/asan/asan_names.h"

namespace padlock::report {

std::string_view asan_name(const core::Fault& fault) noexcept {
  using core::FaultKind;
  switch (fault.kind) {
    case FaultKind::kHeapBufferOverflow:
    case FaultKind::kHeapBufferUnderflow:
      return "heap-buffer-overflow";
    case FaultKind::kUseAfterFree:
    case FaultKind::kUseAfterFreeWrite:
      return "heap-use-after-free";
    case FaultKind::kUseAfterPoison:
      return "use-after-poison";
    case FaultKind::kOverlappingCopy:
      return "memcpy-param-overlap";
    case FaultKind::kDoubleFree:
      return "double-free";
    case FaultKind::kInvalidFree:
      return fault.moment == core::Moment::kUsableSize ? "bad-malloc_usable_size" : "bad-free";
    case FaultKind::kAllocDeallocMismatch:
      return "alloc-dealloc-mismatch";
    case FaultKind::kDeleteSizeMismatch:
    case FaultKind::kDeleteAlignmentMismatch:
      return "new-delete-type-mismatch";
    case FaultKind::kInvalidSize:
      return fault.given == 0 ? "calloc-overflow" : "allocation-size-too-big";
    case FaultKind::kInvalidAlignment:
      return "invalid-allocation-alignment";
    case FaultKind::kUninitialized:
    case FaultKind::kMetadataCorruption:
    case FaultKind::kSignalUnsafeCall:
    case FaultKind::kNone:
      break;
  }
  return "unknown-crash";
}

std::string_view asan_allocator(core::Origin origin) noexcept {
  switch (origin) {
    case core::Origin::kNew:
      return "operator new";
    case core::Origin::kNewArray:
      return "operator new []";
    case core::Origin::kAligned:
      return "aligned_alloc";
    case core::Origin::kMalloc:
      break;
  }
  return "malloc";
}

std::string_view asan_releaser(core::Origin origin) noexcept {
  switch (origin) {
    case core::Origin::kNew:
      return "operator delete";
    case core::Origin::kNewArray:
      return "operator delete []";
    case core::Origin::kAligned:
    case core::Origin::kMalloc:
      break;
  }
  return "free";
}

}  // namespace padlock::report
