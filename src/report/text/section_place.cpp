// The block at fault, where in it the fault lies, and since when.
#include "report/fault_parts.h"
#include "report/text/sections.h"
#include "report/text/words.h"
#include "report/text/wrap.h"

namespace padlock::report {
namespace {

constexpr std::size_t kLineRoom = 320;  // bytes of one section before it is wrapped

// ", offset 24, right after the block"
void position_words(TextWriter& out, const Report& report) {
  const Location& location = report.diagnosis.location;
  switch (location.place) {
    case Location::Place::kUnknown:
      return;
    case Location::Place::kBefore:
      out.append(", before the block");
      return;
    case Location::Place::kRightBefore:
      out.append(", right before the block");
      return;
    case Location::Place::kInside: {
      const bool live = report.fault.block.state == core::BlockState::kLive;
      out.append(live ? ", inside the block" : ", inside the freed block");
      return;
    }
    case Location::Place::kRightAfter:
      out.append(", right after the block");
      return;
    case Location::Place::kAfter:
      out.append(", ");
      bytes_words(out, location.distance);
      out.append(" after the block's end");
      return;
    case Location::Place::kHeader:
      out.append(", in the block's header");
      return;
  }
}

void offset_words(TextWriter& out, const Report& report) {
  const Location& location = report.diagnosis.location;
  if (!location.offset) return;
  out.append(", offset ").signed_decimal(*location.offset);
  position_words(out, report);
}

// Which bytes of a header are damaged is not always known. "at least 8 of 40 bytes, in several places"
void extent_words(TextWriter& out, const core::Damage& damage) {
  if (damage.somewhere) {
    out.append("some of these ");
  } else if (damage.at_least || damage.changed != 0) {
    out.append("at least ");
  }
  if (damage.changed != 0) out.decimal(damage.changed).append(" of ");
  bytes_words(out, damage.length);
  if (damage.apart) out.append(", in several places");
}

void print_damage(const Report& report, Painter& out) {
  constexpr std::string_view kTitle = "Damage: ";
  const core::Damage& damage = report.fault.damage;
  const std::uint64_t more = damage.length - 1;
  char buffer[kLineRoom];
  TextWriter line(buffer);
  extent_words(line, damage);
  line.append(more == 0 ? ", offset " : ", offsets ").signed_decimal(damage.offset);
  if (more != 0) {
    line.append(" to ").signed_decimal(
        static_cast<std::int64_t>(static_cast<std::uint64_t>(damage.offset) + more));
  }
  line.append(" (").address(damage.address);
  if (more != 0) line.append(" to ").address(damage.address + more);
  line.append(')');
  position_words(line, report);
  line.append('.');
  out.heading("Damage");
  out.text().append(": ");
  print_wrapped(out.text(), line.view(), kTitle.size(), kTitle.size());
}

// The block's section is above, or nothing.
void begin_section(const Report& report, std::string_view title, Painter& out) {
  if (!report.fault.block.present()) out.text().append('\n');
  out.heading(title);
}

// ": memcpy() reads 64 bytes at 0x.., offsets 0 to 63; the first bad one is at offset 40, right after the
// block."
void print_call_access(const Report& report, Painter& out) {
  constexpr std::string_view kTitle = "Access: ";
  const core::Fault& fault = report.fault;
  const core::AccessedRange& range = fault.accessed;
  char buffer[kLineRoom];
  TextWriter line(buffer);
  accessing_words(line, fault);
  line.append(" at ").address(range.address).append(", ");
  const std::uint64_t first = range.address - fault.block.user;
  const bool negative = is_negative(range.length);  // it ends nowhere
  line.append(range.length == 1 || negative ? "offset " : "offsets ");
  line.signed_decimal(static_cast<std::int64_t>(first));
  if (negative) {
    line.append(" and behind");
  } else if (range.length != 1) {
    line.append(" to ").signed_decimal(static_cast<std::int64_t>(first + range.length - 1));
  }
  if (fault.kind == core::FaultKind::kOverlappingCopy) {
    line.append("; it reads them from ").address(fault.address);
    offset_words(line, report);
  } else if (fault.address != range.address) {
    line.append("; the first bad one is ").address(fault.address);
    offset_words(line, report);
  } else {
    position_words(line, report);
  }
  line.append('.');
  out.text().append(": ");
  print_wrapped(out.text(), line.view(), kTitle.size(), kTitle.size());
}

void print_access(const Report& report, Painter& out) {
  const core::Fault& fault = report.fault;
  begin_section(report, "Access", out);
  if (is_of_call(fault)) return print_call_access(report, out);
  out.text().append(": a ").append(access_name(fault.accessed.access)).append(" of ").address(fault.address);
  offset_words(out.text(), report);
  out.text().append(".\n");
}

void print_pointer(const Report& report, Painter& out) {
  begin_section(report, "Pointer", out);
  out.text().append(": ").address(report.fault.address);
  offset_words(out.text(), report);
  const std::string_view module = bounded(report.pointer_module);
  if (!module.empty()) out.text().append(", in ").printable(module);
  out.text().append(".\n");
}

void print_source(const Report& report, Painter& out) {
  const core::ReadValue& read = report.fault.read;
  begin_section(report, "Value", out);
  const std::uint64_t word = read.value - static_cast<std::uint64_t>(read.offset);
  out.text().append(": ").address(word).append(", read from ").address(read.source);
  offset_words(out.text(), report);
  out.text().append(".\n");
}

// Of a process that has several threads it is not known how many allocations there were.
void numbers_words(TextWriter& out, const Report& report) {
  if (report.number_batch != 0) {
    out.append(" (numbered by thread, ").decimal(report.number_batch).append(" at a time)");
  } else if (report.number_now >= report.fault.block.number) {
    out.append(" of ").decimal(report.number_now).append(" so far");
  }
}

// Of a block whose header is damaged, and not provable.
void shown_words(TextWriter& line, const core::BlockSnapshot& block) {
  if (!block.size_shown) {
    bytes_words(line, block.block_size);
    line.append(" in all; its header is damaged: size, origin and stacks unknown.");
    return;
  }
  bytes_words(line, block.requested);
  if (!block.origin_shown) {
    line.append(" as far as its padding shows (").decimal(block.block_size);
    line.append(" in all); its header is damaged: origin and stacks unknown.");
    return;
  }
  line.append(" from ").append(origin_name(block.origin));
  if (block.alignment != 0) line.append(", aligned to ").decimal(block.alignment);
  line.append(", ").append(state_name(block.state));
  if (block.number != 0) line.append(", allocation #").decimal(block.number);
  line.append(", as far as its damaged header shows (").decimal(block.block_size).append(" bytes in all).");
}

void block_line(TextWriter& line, const Report& report) {
  const core::BlockSnapshot& block = report.fault.block;
  line.address(block.user).append(": ");
  if (!block.sealed) return shown_words(line, block);
  bytes_words(line, block.requested);
  line.append(" from ").append(origin_name(block.origin));
  if (block.alignment != 0) line.append(", aligned to ").decimal(block.alignment);
  line.append(", ").append(state_name(block.state)).append(", allocation #").decimal(block.number);
  numbers_words(line, report);
  line.append('.');
}

}  // namespace

void print_block(const Report& report, Painter& out) noexcept {
  constexpr std::string_view kTitle = "Block ";
  constexpr std::size_t kIndent = 4;
  if (!report.fault.block.present()) return;
  char buffer[kLineRoom];
  TextWriter line(buffer);
  block_line(line, report);
  out.text().append('\n');
  out.heading(kTitle);
  print_wrapped(out.text(), line.view(), kTitle.size(), kIndent);
}

void print_place(const Report& report, Painter& out) noexcept {
  switch (report.diagnosis.location.of) {
    case Location::Of::kNothing:
      return;
    case Location::Of::kDamage:
      return print_damage(report, out);
    case Location::Of::kAccess:
      return print_access(report, out);
    case Location::Of::kPointer:
      return print_pointer(report, out);
    case Location::Of::kSource:
      return print_source(report, out);
  }
}

void print_since(const Report& report, Painter& out) noexcept {
  const Since& since = report.diagnosis.since;
  const bool in_order = report.number_batch == 0;  // otherwise a number does not say when
  char buffer[kLineRoom];
  TextWriter line(buffer);
  line.append("The write happened some time ");
  switch (since.what) {
    case Since::What::kNotDamage:
      return;
    case Since::What::kUnknown:
      line.append("before now");
      break;
    case Since::What::kOwnAllocation:
      line.append("between allocation #").decimal(since.number).append(" (the block's own) and now");
      break;
    case Since::What::kLastVerified:
      if (in_order) {
        line.append("between allocation #").decimal(since.number).append(" (last verified) and now");
      } else {
        line.append("between the last check of the heap and now");
      }
      break;
  }
  if (in_order && report.number_now != 0)
    line.append(" (allocation #").decimal(report.number_now).append(')');
  line.append("; the stacks above do not show the write itself.");
  out.text().append('\n');
  print_wrapped(out.text(), line.view(), 0, 0);
}

}  // namespace padlock::report
