// Names of the enumerators of a fault, and the fault that tells of a table.
#include "core/fault.h"

namespace padlock::core {

Fault table_fault(Table table, std::uintptr_t address, Moment moment) noexcept {
  Fault fault;
  fault.kind = FaultKind::kMetadataCorruption;
  fault.moment = moment;
  fault.table = table;
  fault.address = address;
  return fault;
}

const char* to_string(Moment moment) noexcept {
  switch (moment) {
    case Moment::kAllocate:
      return "allocate";
    case Moment::kFree:
      return "free";
    case Moment::kRealloc:
      return "realloc";
    case Moment::kUsableSize:
      return "usable-size";
    case Moment::kEviction:
      return "eviction";
    case Moment::kReuse:
      return "reuse";
    case Moment::kCoalesce:
      return "coalesce";
    case Moment::kCheck:
      return "check";
    case Moment::kExit:
      return "exit";
    case Moment::kEnd:
      return "end";
    case Moment::kAccess:
      return "access";
    case Moment::kCall:
      return "call";
    case Moment::kWrite:
      return "write";
    case Moment::kKernelWrite:
      return "kernel-write";
  }
  return "unknown";
}

const char* to_string(BlockState state) noexcept {
  switch (state) {
    case BlockState::kLive:
      return "live";
    case BlockState::kQuarantined:
      return "quarantined";
    case BlockState::kReady:
      return "ready";
    case BlockState::kFree:
      return "free";
    case BlockState::kCondemned:
      return "condemned";
    case BlockState::kBlank:
      return "blank";
  }
  return "unknown";
}

const char* to_string(PointerClass pointer_class) noexcept {
  switch (pointer_class) {
    case PointerClass::kNone:
      return "none";
    case PointerClass::kInterior:
      return "interior";
    case PointerClass::kHeapUnused:
      return "heap-unused";
    case PointerClass::kUnknown:
      return "unknown";
    case PointerClass::kStack:
      return "stack";
    case PointerClass::kStartString:
      return "start-string";
    case PointerClass::kStartArray:
      return "start-array";
    case PointerClass::kThreadLocal:
      return "thread-local";
    case PointerClass::kStatic:
      return "static";
    case PointerClass::kForeign:
      return "foreign";
    case PointerClass::kWild:
      return "wild";
    case PointerClass::kOwnBlock:
      return "own-block";
  }
  return "unknown";
}

}  // namespace padlock::core
