// The plain words of a report's first line, a function for each kind of fault: fault_table.def names them.
#include <algorithm>
#include <bit>

#include "report/fault_parts.h"
#include "report/text/words.h"

namespace padlock::report {
namespace {

void damage_words(const core::Damage& damage, TextWriter& out) {
  if (!damage.present()) {
    out.append("bytes written ");
    return;
  }
  if (damage.at_least || damage.changed != 0) out.append("at least ");
  bytes_words(out, damage.least());
  out.append(damage.apart ? " written in several places " : " written ");
}

// "memcpy() reads 64 bytes at offset 0 of a 40-byte block, 24 bytes past its end"
void stopped_call(const core::Fault& fault, std::string_view adjective, TextWriter& out) {
  const core::AccessedRange& range = fault.accessed;
  const auto offset = static_cast<std::int64_t>(range.address - fault.block.user);
  accessing_words(out, fault);
  out.append(" at offset ").signed_decimal(offset).append(" of ");
  block_words(out, fault.block, adjective);
  if (!adjective.empty()) return;
  if (offset < 0) {
    out.append(", before its start");
    return;
  }
  if (is_negative(range.length)) return;
  out.append(", ");
  bytes_words(out, static_cast<std::uint64_t>(offset) + range.length - fault.block.requested);
  out.append(" past its end");
}

void trapped(const core::Fault& fault, std::string_view adjective, TextWriter& out) {
  if (is_of_call(fault)) return stopped_call(fault, adjective, out);
  out.append(access_name(fault.accessed.access));
  if (fault.blame == core::Blame::kNearest || fault.blame == core::Blame::kAtHand) {
    const bool nearest = fault.blame == core::Blame::kNearest;
    out.append(nearest ? " where no block is, at offset " : " where no block is, perhaps at offset ");
    out.signed_decimal(fault_offset(fault)).append(nearest ? " of the nearest, " : " of ");
    block_words(out, fault.block);
    return;
  }
  const bool freed = !adjective.empty();
  if (freed || !fault.block.sealed) {
    out.append(" at offset ").signed_decimal(fault_offset(fault)).append(" of ");
    block_words(out, fault.block, adjective);
    return;
  }
  const bool before = fault_offset(fault) < 0;
  out.append(before ? " before the start of " : " past the end of ");
  block_words(out, fault.block);
  out.append(", at offset ").signed_decimal(fault_offset(fault));
}

void overflow_headline(const core::Fault& fault, TextWriter& out) {
  if (is_trapped(fault)) return trapped(fault, "", out);
  damage_words(fault.damage, out);
  if (fault.blame == core::Blame::kNearest) {
    out.append("where no block is, at offset ").signed_decimal(fault_offset(fault));
    out.append(" of the nearest, ");
    block_words(out, fault.block);
    return;
  }
  const auto gap = static_cast<std::uint64_t>(fault.damage.offset) - fault.block.requested;
  const bool skipped = fault.damage.present() && static_cast<std::int64_t>(gap) > 0;
  if (skipped) {
    if (fault.damage.apart) out.append("from ");
    bytes_words(out, gap);
    out.append(' ');
  }
  out.append("past the end of ");
  block_words(out, fault.block);
  if (skipped && fault.damage.apart) out.append(" on");
  if (fault.neighbour.present()) out.append(", into the header of the next block");
}

void underflow_headline(const core::Fault& fault, TextWriter& out) {
  if (is_trapped(fault)) return trapped(fault, "", out);
  damage_words(fault.damage, out);
  out.append("before the start of ");
  block_words(out, fault.block);
}

void freed_write_headline(const core::Fault& fault, TextWriter& out) {
  if (is_trapped(fault)) return trapped(fault, "freed", out);
  damage_words(fault.damage, out);
  if (!fault.damage.apart) out.append("at offset ").signed_decimal(fault_offset(fault)).append(' ');
  out.append("of ");
  block_words(out, fault.block, "freed");
}

// "memcpy() reads 16 bytes at offset 32 of a 4096-byte block, poisoned from offset 40 on"
void use_after_poison_headline(const core::Fault& fault, TextWriter& out) {
  if (!is_trapped(fault)) {
    damage_words(fault.damage, out);
    out.append("at offset ").signed_decimal(fault_offset(fault)).append(" of ");
    block_words(out, fault.block);
    out.append(", which was poisoned there");
    return;
  }
  if (is_of_call(fault)) {
    accessing_words(out, fault);
  } else {
    out.append(access_name(fault.accessed.access));
  }
  out.append(" at offset ")
      .signed_decimal(static_cast<std::int64_t>(fault.accessed.address - fault.block.user));
  out.append(" of ");
  block_words(out, fault.block);
  out.append(", poisoned from offset ").signed_decimal(fault_offset(fault)).append(" on");
}

// "read of a pointer at offset 8 of a freed 24-byte block"
void read_value_words(const core::Fault& fault, std::string_view adjective, TextWriter& out) {
  const core::ReadValue::Use use = fault.read.use;
  const bool index = use == core::ReadValue::Use::kIndex;
  out.append("read of ");
  out.append(use == core::ReadValue::Use::kSize ? "a size" : index ? "an index or a pointer" : "a pointer");
  if (!fault.block.present()) {
    out.append(" from a block that is no longer known");
    return;
  }
  out.append(" at offset ").signed_decimal(fault_offset(fault)).append(" of ");
  block_words(out, fault.block, adjective);
}

void use_after_free_headline(const core::Fault& fault, TextWriter& out) {
  if (fault.read.present()) return read_value_words(fault, "freed", out);
  if (is_trapped(fault)) return trapped(fault, "freed", out);
  out.append(call_name(fault)).append(" of ");
  block_words(out, fault.block, "freed");
}

void uninitialized_headline(const core::Fault& fault, TextWriter& out) {
  read_value_words(fault, "", out);
  out.append(", where nothing has been written");
}

// "memcpy() copies 32 bytes from offset 0 to offset 8 of a 64-byte block: 24 bytes overlap"
void overlapping_copy_headline(const core::Fault& fault, TextWriter& out) {
  const core::AccessedRange& range = fault.accessed;
  const auto offset = static_cast<std::int64_t>(range.address - fault.block.user);
  const std::int64_t from = fault_offset(fault);
  const auto ahead = static_cast<std::uint64_t>(offset) - static_cast<std::uint64_t>(from);
  const std::uint64_t distance = std::min(ahead, 0 - ahead);
  out.append(core::to_string(fault.call)).append("() copies ");
  bytes_words(out, range.length);
  out.append(" from offset ")
      .signed_decimal(from)
      .append(" to offset ")
      .signed_decimal(offset)
      .append(" of ");
  block_words(out, fault.block);
  out.append(": ");
  bytes_words(out, range.length - distance);
  out.append(range.length - distance == 1 ? " overlaps" : " overlap");
}

void double_free_headline(const core::Fault& fault, TextWriter& out) {
  block_words(out, fault.block);
  out.append(" freed twice");
}

// "5 bytes into a 24-byte block", "to the end of", "1 byte past the end of", "16 bytes before"
void interior(const core::Fault& fault, TextWriter& out) {
  const std::int64_t offset = fault_offset(fault);
  const auto distance = static_cast<std::uint64_t>(offset);
  const std::uint64_t size = fault.block.requested;
  if (offset < 0) {
    bytes_words(out, 0 - distance);
    out.append(" before ");
  } else if (!fault.block.sealed || distance < size) {
    bytes_words(out, distance);
    out.append(" into ");
  } else if (distance == size) {
    out.append("to the end of ");
  } else {
    bytes_words(out, distance - size);
    out.append(" past the end of ");
  }
  block_words(out, fault.block,
              fault.block.sealed && fault.block.state != core::BlockState::kLive ? "freed" : "");
}

void invalid_free_headline(const core::Fault& fault, TextWriter& out) {
  out.append(call_name(fault)).append(" of a pointer ");
  switch (fault.pointer_class) {
    case core::PointerClass::kInterior:
      return interior(fault, out);
    case core::PointerClass::kHeapUnused:
      out.append("to heap memory that was never handed out");
      return;
    case core::PointerClass::kStack:
      out.append("to the stack");
      return;
    case core::PointerClass::kStartString:
      out.append("to an argument or environment string");
      return;
    case core::PointerClass::kStartArray:
      out.append("to the array of arguments or of the environment");
      return;
    case core::PointerClass::kThreadLocal:
      out.append("to a thread-local variable");
      return;
    case core::PointerClass::kStatic:
      out.append("to a static object, not to the heap");
      return;
    case core::PointerClass::kForeign:
      out.append("to memory that Padlock did not hand out");
      return;
    case core::PointerClass::kWild:
      out.append("to unmapped memory");
      return;
    case core::PointerClass::kOwnBlock:
      out.append("to ");
      block_words(out, fault.block);
      out.append(" of Padlock's, by libc's own free");
      return;
    case core::PointerClass::kUnknown:
    case core::PointerClass::kNone:
      break;
  }
  out.append("that does not belong to the heap");
}

void mismatch_headline(const core::Fault& fault, TextWriter& out) {
  block_words(out, fault.block);
  out.append(" from ").append(origin_name(fault.block.origin)).append(" passed to ").append(call_name(fault));
}

void wrong_size_headline(const core::Fault& fault, TextWriter& out) {
  out.append(call_name(fault)).append(" of ");
  passed_bytes_words(out, fault.given);
  out.append(" for ");
  block_words(out, fault.block);
}

void wrong_alignment_headline(const core::Fault& fault, TextWriter& out) {
  out.append(call_name(fault));
  if (fault.given == 0) {
    out.append(" without an alignment");
  } else {
    out.append(" for alignment ").decimal(fault.given);
  }
  out.append(" of ");
  block_words(out, fault.block);
  if (fault.block.alignment == 0) {
    out.append(" allocated without one");
  } else {
    out.append(" allocated with alignment ").decimal(fault.block.alignment);
  }
}

std::string_view table_words(core::Table table) {
  switch (table) {
    case core::Table::kHeap:
      return "Padlock's own description of the heap";
    case core::Table::kRegion:
      return "Padlock's own description of a part of the heap";
    case core::Table::kMarks:
      return "Padlock's own table of where blocks lie";
    case core::Table::kQuarantine:
      return "Padlock's own table of freed blocks";
    case core::Table::kIdle:
      return "Padlock's own index of idle blocks";
    case core::Table::kCounts:
      return "Padlock's own count of blocks";
    case core::Table::kRecord:
      return "Padlock's own record of a large block";
    case core::Table::kUnallocated:
      return "memory that no block has come to";
    case core::Table::kSlots:
      return "Padlock's own list of blocks to hand out again";
    case core::Table::kOwn:
    case core::Table::kFollowed:
    case core::Table::kNone:
      break;
  }
  return "Padlock's own memory";
}

void corruption_headline(const core::Fault& fault, TextWriter& out) {
  if (fault.table == core::Table::kFollowed) {
    out.append(table_words(fault.table)).append(" was overwritten, which led Padlock astray");
    return;
  }
  if (is_trapped(fault)) {
    out.append(access_name(fault.accessed.access)).append(" of Padlock's own memory, where no block is");
    return;
  }
  if (fault.table != core::Table::kNone) {
    out.append(table_words(fault.table)).append(" was overwritten");
    if (fault.address != 0) out.append(", at ").address(fault.address);
    return;
  }
  out.append("the header of ");
  block_words(out, fault.block);
  out.append(" was overwritten");
}

void invalid_size_headline(const core::Fault& fault, TextWriter& out) {
  if (fault.given == 0) {
    out.append("calloc() or reallocarray() with a count and a size whose product overflows");
  } else {
    out.append(call_name(fault)).append(" of ");
    passed_bytes_words(out, fault.given);
    constexpr std::size_t kLargest = PTRDIFF_MAX / 2;  // without a limit of the user's
    out.append(fault.given > kLargest ? ": no block can be that large"
                                      : ": max_allocation_size_mb allows less");
  }
}

void invalid_alignment_headline(const core::Fault& fault, TextWriter& out) {
  out.append(call_name(fault)).append(" to a multiple of ").decimal(fault.given).append(": ");
  out.append(std::has_single_bit(fault.given) ? "less than a pointer's own" : "not a power of two");
}

void signal_unsafe_headline(const core::Fault& /*fault*/, TextWriter& out) {
  out.append("the allocator was entered from a signal handler that had interrupted it");
}

}  // namespace

void headline(const core::Fault& fault, TextWriter& out) noexcept {
  switch (fault.kind) {
#define PADLOCK_FAULT_KIND(kind, name, discovery, recurrence, detected, freed, advice, find, headline) \
  case core::FaultKind::kind:                                                                          \
    return headline(fault, out);
#include "core/fault_table.def"
    case core::FaultKind::kNone:
      break;
  }
  out.append("no fault");
}

}  // namespace padlock::report
