// The block at fault, where in it the fault lies, and since when.
#include <algorithm>

#include "report/sections.h"
#include "report/words.h"

namespace padlock::report {
namespace {

// "right after the block's last byte": where an offset lies in a block.
void position_words(TextWriter& out, const core::BlockSnapshot& block, std::int64_t offset,
                    std::uint64_t length) {
  if (offset < 0) {
    const auto distance = 0 - static_cast<std::uint64_t>(offset);
    const bool touches = length == distance;
    out.append(touches ? ", right before the block's first byte" : ", before the block's first byte");
    return;
  }
  if (!block.sealed) return;
  const auto unsigned_offset = static_cast<std::uint64_t>(offset);
  if (unsigned_offset < block.requested) {
    out.append(block.state == core::BlockState::kLive ? ", inside the block" : ", inside the freed block");
  } else if (unsigned_offset == block.requested) {
    out.append(", right after the block's last byte");
  } else {
    out.append(", ");
    bytes_words(out, unsigned_offset - block.requested);
    out.append(" after the block's end");
  }
}

void print_damage(const core::Fault& fault, Painter& out) {
  const core::Damage& damage = fault.damage;
  TextWriter& text = out.text();
  const std::uint64_t more = damage.length - 1;
  out.heading("Damage");
  text.append(damage.at_least ? ": at least " : ": ");
  bytes_words(text, damage.length);
  text.append(more == 0 ? ", offset " : ", offsets ").signed_decimal(damage.offset);
  if (more != 0) {
    text.append(" to ").signed_decimal(
        static_cast<std::int64_t>(static_cast<std::uint64_t>(damage.offset) + more));
  }
  text.append(" (").address(damage.address);
  if (more != 0) text.append(" to ").address(damage.address + more);
  text.append(')');
  position_words(text, fault.block, damage.offset, damage.length);
  text.append(".\n");
}

void print_access(const core::Fault& fault, Painter& out) {
  TextWriter& text = out.text();
  if (!fault.block.present()) text.append('\n');
  out.heading("Access");
  text.append(": a ").append(access_name(fault.access)).append(" of ").address(fault.address);
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

bool is_late_found(const core::Fault& fault) {
  if (is_trapped(fault)) return false;
  return fault.damage.present() || fault.kind == core::FaultKind::kMetadataCorruption;
}

}  // namespace

void print_block(const Report& report, Painter& out) noexcept {
  const core::BlockSnapshot& block = report.fault.block;
  if (!block.present()) return;
  TextWriter& text = out.text();
  text.append('\n');
  out.heading("Block ");
  text.address(block.user).append(": ");
  if (!block.sealed) {
    text.append("its header is damaged, so size, origin and stacks are unknown; it takes ");
    bytes_words(text, block.block_size);
    text.append(" with header and padding.\n");
    return;
  }
  bytes_words(text, block.requested);
  text.append(" from ").append(core::to_string(block.origin));
  if (block.alignment != 0) text.append(", aligned to ").decimal(block.alignment);
  text.append(", ").append(state_name(block.state)).append(", allocation #").decimal(block.number);
  if (report.number_now >= block.number) text.append(" of ").decimal(report.number_now).append(" so far");
  text.append(".\n");
}

void print_place(const Report& report, Painter& out) noexcept {
  const core::Fault& fault = report.fault;
  if (is_trapped(fault)) return print_access(fault, out);
  if (fault.damage.present()) return print_damage(fault, out);
  if (fault.address != 0 && fault.address != fault.block.user) print_pointer(report, out);
}

void print_last_known_good(const Report& report, Painter& out) noexcept {
  if (!is_late_found(report.fault)) return;
  const core::BlockSnapshot& block = report.fault.block;
  TextWriter& text = out.text();
  const std::uint64_t good = std::max(report.number_last_good, block.sealed ? block.number : 0);
  text.append('\n');
  if (good == 0) {
    text.append("The write happened some time before now");
  } else {
    text.append("The write happened some time between allocation #").decimal(good);
    text.append(" (last verified) and now");
  }
  if (report.number_now != 0) text.append(" (allocation #").decimal(report.number_now).append(')');
  text.append("; the stacks above do not show the write itself.\n");
}

}  // namespace padlock::report
