// Block, bytes, access and place of a fault as JSON.
#include "report/json/json_parts.h"

#include <algorithm>

#include "report/diagnose/damage_view.h"
#include "report/fault_parts.h"
#include "report/names.h"
#include "report/text/words.h"

namespace padlock::report {
namespace {

std::string_view name_of_access(core::Access access) {
  return access == core::Access::kRead ? "read" : access == core::Access::kWrite ? "write" : "unknown";
}

std::string_view name_of_access(EndingSignal::Access access) {
  if (access == EndingSignal::Access::kJump) return "jump";
  return access == EndingSignal::Access::kRead ? "read" : "write";
}

// Two digits for each byte of the window from `first` on; "??" where Padlock had set none.
void hex_bytes(std::string_view name, const std::uint8_t* bytes, const bool* known, std::size_t count,
               JsonWriter& out) {
  TextWriter& text = out.key(name).append('"');
  for (std::size_t i = 0; i < count; ++i) {
    if (known != nullptr && !known[i]) {
      text.append("??");
    } else {
      text.hex(bytes[i], 2);
    }
  }
  text.append('"');
}

// The window around the damage, and which of its bytes are damaged.
void bytes_around(const core::Fault& fault, JsonWriter& out) {
  const core::DamageWindow& window = fault.damage.window;
  const DamageView view(fault.damage);
  const std::size_t size = view.window_size();
  if (size == 0) return;
  out.open_object("bytes");
  out.signed_number("offset", static_cast<std::int64_t>(window.start - fault.block.user));
  hex_bytes("found", window.found, nullptr, size, out);
  hex_bytes("expected", window.expected, window.known, size, out);
  TextWriter& text = out.key("damaged").append('"');
  for (std::size_t i = 0; i < size; ++i) text.append(view.is_damaged(i) ? '1' : '0');
  text.append('"');
  out.close_object();
}

// The damaged bytes themselves, as far as the window shows them.
void damaged_bytes(const core::Fault& fault, JsonWriter& out) {
  const core::DamageWindow& window = fault.damage.window;
  const std::size_t size = DamageView(fault.damage).window_size();
  const std::uint64_t first = fault.damage.address - window.start;
  if (first >= size) return;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(fault.damage.length, size - first));
  hex_bytes("found", window.found + first, nullptr, count, out);
  hex_bytes("expected", window.expected + first, window.known + first, count, out);
}

}  // namespace

void json_begin(std::string_view kind, std::int32_t process, JsonWriter& out) noexcept {
  out.open_object();
  out.number("schema_version", kJsonSchemaVersion);
  out.text("tool", "Padlock");
  out.signed_number("process", process);
  out.text("kind", kind);
}

void json_block(std::string_view name, const core::BlockSnapshot& block, JsonWriter& out) noexcept {
  if (!block.present()) return;
  out.open_object(name);
  out.address("address", block.user);
  out.address("header", block.header);
  out.number("whole_size", block.block_size);
  out.flag("intact", block.sealed);
  if (block.sealed || block.size_shown) out.number("size", block.requested);
  if (block.sealed || block.origin_shown) {
    out.text("origin", core::to_string(block.origin));
    if (block.alignment != 0) out.number("alignment", block.alignment);
    if (block.number != 0) out.number("allocation", block.number);
    out.text("state", core::to_string(block.state));
  }
  out.close_object();
}

void json_corruption(const core::Fault& fault, JsonWriter& out) noexcept {
  const core::Damage& damage = fault.damage;
  if (!damage.present()) return;
  out.open_object("corruption");
  out.signed_number("offset", damage.offset);
  out.address("address", damage.address);
  out.number("length", damage.length);
  if (damage.changed != 0) out.number("changed", damage.changed);
  out.flag("at_least", damage.at_least);
  out.flag("in_several_places", damage.apart);
  out.flag("somewhere", damage.somewhere);
  damaged_bytes(fault, out);
  bytes_around(fault, out);
  out.close_object();
}

void json_access(const core::Fault& fault, JsonWriter& out) noexcept {
  const core::AccessedRange& range = fault.accessed;
  if (!is_trapped(fault)) return;
  out.open_object("access");
  out.text("type", name_of_access(range.access));
  out.address("address", range.present() ? range.address : fault.address);
  if (range.length != 0) out.number("size", range.length);
  if (is_of_call(fault)) out.text("call", core::to_string(fault.call));
  if (range.by_kernel) out.flag("refused", true);
  out.close_object();
}

void json_ending(const EndingSignal& ending, JsonWriter& out) noexcept {
  if (!ending.present()) return;
  char buffer[24];
  TextWriter name(buffer);
  signal_words(name, ending.signal);
  out.open_object("signal");
  out.text("name", name.view());
  out.signed_number("number", ending.signal);
  out.flag("handled", ending.handled);
  if (ending.access != EndingSignal::Access::kNone) {
    out.text("access", name_of_access(ending.access));
    out.address("address", ending.address);
  }
  out.close_object();
}

void json_value(const core::Fault& fault, JsonWriter& out) noexcept {
  if (!fault.read.present()) return;
  out.open_object("value");
  out.address("value", fault.read.value);
  out.address("read_from", fault.read.source);
  out.close_object();
}

void json_place(const Report& report, JsonWriter& out) noexcept {
  const Location& location = report.diagnosis.location;
  if (report.fault.address != 0) out.address("address", report.fault.address);
  if (report.fault.kind == core::FaultKind::kInvalidFree)
    out.text("pointer", core::to_string(report.fault.pointer_class));
  const std::string_view module = bounded(report.pointer_module);
  if (!module.empty()) out.text("pointer_module", module);
  if (location.of == Location::Of::kNothing) return;
  out.open_object("location");
  out.text("of", name_of(location.of));
  out.text("place", name_of(location.place));
  if (location.offset) out.signed_number("offset", *location.offset);
  if (location.place == Location::Place::kAfter) out.number("distance", location.distance);
  out.close_object();
}

}  // namespace padlock::report
