// The block at fault, where in it the fault lies, and since when.
#include <algorithm>

#include "core/fault_kinds.h"
#include "report/sections.h"
#include "report/words.h"
#include "report/wrap.h"

namespace padlock::report {
namespace {

constexpr std::size_t kLineRoom = 320;  // bytes of one section before it is wrapped

// "right after the block": where an offset lies in a block.
void position_words(TextWriter& out, const core::BlockSnapshot& block, std::int64_t offset,
                    std::uint64_t length) {
  if (offset < 0) {
    const auto distance = 0 - static_cast<std::uint64_t>(offset);
    const bool touches = length == distance;
    out.append(touches ? ", right before the block" : ", before the block");
    return;
  }
  if (!block.sealed) return;
  const auto unsigned_offset = static_cast<std::uint64_t>(offset);
  if (unsigned_offset < block.requested) {
    out.append(block.state == core::BlockState::kLive ? ", inside the block" : ", inside the freed block");
  } else if (unsigned_offset == block.requested) {
    out.append(", right after the block");
  } else {
    out.append(", ");
    bytes_words(out, unsigned_offset - block.requested);
    out.append(" after the block's end");
  }
}

// In which header bytes the damage is, cannot always be told.
void extent_words(TextWriter& out, const core::Damage& damage) {
  if (damage.somewhere) {
    out.append("some of these ");
    bytes_words(out, damage.length);
    return;
  }
  if (damage.at_least) out.append("at least ");
  bytes_words(out, damage.length);
}

void print_damage(const core::Fault& fault, Painter& out) {
  constexpr std::string_view kTitle = "Damage: ";
  const core::Damage& damage = fault.damage;
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
  if (fault.kind == core::FaultKind::kMetadataCorruption) {
    line.append(", in the block's header");
  } else {
    position_words(line, fault.block, damage.offset, damage.length);
  }
  line.append('.');
  out.heading("Damage");
  out.text().append(": ");
  print_wrapped(out.text(), line.view(), kTitle.size(), kTitle.size());
}

void print_access(const core::Fault& fault, Painter& out) {
  TextWriter& text = out.text();
  if (!fault.block.present()) text.append('\n');
  out.heading("Access");
  text.append(": a ").append(access_name(fault.accessed.access)).append(" of ").address(fault.address);
  if (fault.block.present()) {
    text.append(", offset ").signed_decimal(fault_offset(fault));
    position_words(text, fault.block, fault_offset(fault), 0);
  }
  text.append(".\n");
}

void print_pointer(const Report& report, Painter& out) {
  const core::Fault& fault = report.fault;
  TextWriter& text = out.text();
  if (!fault.block.present()) text.append('\n');
  out.heading("Pointer");
  text.append(": ").address(fault.address);
  if (fault.pointer_class == core::PointerClass::kInterior && fault.block.present()) {
    text.append(", offset ").signed_decimal(fault_offset(fault));
    position_words(text, fault.block, fault_offset(fault), 0);
  }
  const std::string_view module = bounded(report.pointer_module);
  if (!module.empty()) text.append(", in ").printable(module);
  text.append(".\n");
}

// Of a process that has several threads nobody knows how many allocations there were.
void describe_numbers(const Report& report, TextWriter& line) noexcept {
  if (report.number_batch != 0) {
    line.append(" (numbered by thread, ").decimal(report.number_batch).append(" at a time)");
  } else if (report.number_now >= report.fault.block.number) {
    line.append(" of ").decimal(report.number_now).append(" so far");
  }
}

}  // namespace

void print_block(const Report& report, Painter& out) noexcept {
  constexpr std::size_t kIndent = 4;
  const core::BlockSnapshot& block = report.fault.block;
  if (!block.present()) return;
  char buffer[kLineRoom];
  TextWriter line(buffer);
  line.address(block.user).append(": ");
  if (!block.sealed) {
    bytes_words(line, block.block_size);
    line.append(" in all; its header is damaged: size, origin and stacks unknown.");
  } else {
    bytes_words(line, block.requested);
    line.append(" from ").append(origin_name(block.origin));
    if (block.alignment != 0) line.append(", aligned to ").decimal(block.alignment);
    line.append(", ").append(state_name(block.state)).append(", allocation #").decimal(block.number);
    describe_numbers(report, line);
    line.append('.');
  }
  constexpr std::string_view kTitle = "Block ";
  out.text().append('\n');
  out.heading(kTitle);
  print_wrapped(out.text(), line.view(), kTitle.size(), kIndent);
}

void print_place(const Report& report, Painter& out) noexcept {
  const core::Fault& fault = report.fault;
  if (is_trapped(fault)) return print_access(fault, out);
  if (fault.damage.present()) return print_damage(fault, out);
  if (fault.address != 0 && fault.address != fault.block.user) print_pointer(report, out);
}

void print_last_known_good(const Report& report, Painter& out) noexcept {
  if (!core::is_found_late(report.fault)) return;
  const core::BlockSnapshot& block = report.fault.block;
  const std::uint64_t own = block.sealed ? block.number : 0;
  const std::uint64_t good = std::max(report.number_last_good, own);
  char buffer[kLineRoom];
  TextWriter line(buffer);
  if (good == 0) {
    line.append("The write happened some time before now");
  } else {
    line.append("The write happened some time between allocation #").decimal(good);
    line.append(good == own ? " (the block's own) and now" : " (last verified) and now");
  }
  if (report.number_now != 0) line.append(" (allocation #").decimal(report.number_now).append(')');
  line.append("; the stacks above do not show the write itself.");
  out.text().append('\n');
  print_wrapped(out.text(), line.view(), 0, 0);
}

}  // namespace padlock::report
