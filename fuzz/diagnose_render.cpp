// Any Fault, however absurd, through diagnosis and every renderer: nothing outside it and outside the buffer
// is touched, nothing comes out that could drive a terminal, and the last line is never lost.
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/require.h"
#include "report/asan/asan_renderer.h"
#include "report/diagnose/diagnose.h"
#include "report/json/json_renderer.h"
#include "report/text/text_renderer.h"
#include "support/feed.h"
#include "support/operations.h"

namespace {

using namespace padlock;
using fuzz::Feed;
using fuzz::require;

template <typename Enum>
Enum any_enum(Feed& feed) {
  const std::uint8_t byte = feed.byte();
  return static_cast<Enum>(byte < 128 ? byte % 32 : byte);
}

core::BlockSnapshot any_block(Feed& feed) {
  core::BlockSnapshot block;
  block.header = feed.number<std::uintptr_t>();
  block.user = feed.flag() ? block.header + 32 : feed.number<std::uintptr_t>();
  block.block_size = feed.number<std::uint64_t>();
  block.requested = feed.flag() ? feed.byte() : feed.number<std::uint64_t>();
  block.alignment = feed.number<std::uint64_t>();
  block.number = feed.number<std::uint64_t>();
  block.alloc_trace = feed.byte();
  block.free_trace = feed.byte();
  block.alloc_thread = feed.byte();
  block.free_thread = feed.byte();
  block.state = any_enum<core::BlockState>(feed);
  block.origin = any_enum<core::Origin>(feed);
  block.sealed = feed.flag();
  return block;
}

core::Damage any_damage(Feed& feed, const core::BlockSnapshot& block) {
  core::Damage damage;
  damage.offset = feed.flag() ? static_cast<std::int8_t>(feed.byte()) : feed.number<std::int64_t>();
  damage.address =
      feed.flag() ? block.user + static_cast<std::uintptr_t>(damage.offset) : feed.number<std::uintptr_t>();
  damage.length = feed.flag() ? feed.byte() : feed.number<std::uint64_t>();
  damage.at_least = feed.flag();
  damage.somewhere = feed.flag();
  core::DamageWindow& window = damage.window;
  window.start = feed.flag() ? damage.address - feed.byte() : feed.number<std::uintptr_t>();
  window.size = feed.flag() ? feed.byte() : feed.number<std::uint16_t>();
  for (std::size_t i = 0; i < core::DamageWindow::kCapacity; ++i) {
    window.found[i] = feed.byte();
    const std::uint8_t expected = feed.byte();
    window.expected[i] = expected;
    window.known[i] = (expected & 1) != 0;
  }
  return damage;
}

core::ReadValue any_read_value(Feed& feed, const core::BlockSnapshot& block) {
  core::ReadValue read;
  if (!feed.flag()) return read;
  read.use = any_enum<core::ReadValue::Use>(feed);
  read.value = feed.number<std::uint64_t>();
  read.offset = feed.flag() ? static_cast<std::int8_t>(feed.byte()) : feed.number<std::int64_t>();
  read.source = feed.flag() ? block.user + feed.byte() : feed.number<std::uintptr_t>();
  read.gone = feed.flag();
  return read;
}

core::Fault any_fault(Feed& feed) {
  core::Fault fault;
  fault.kind = any_enum<core::FaultKind>(feed);
  fault.moment = any_enum<core::Moment>(feed);
  fault.call = any_enum<core::Call>(feed);
  fault.accessed.access = any_enum<core::Access>(feed);
  fault.accessed.address = feed.number<std::uintptr_t>();
  fault.accessed.length = feed.number<std::uint64_t>();
  fault.pointer_class = any_enum<core::PointerClass>(feed);
  fault.given_origin = any_enum<core::Origin>(feed);
  fault.block = any_block(feed);
  fault.address = feed.flag() ? fault.block.user + feed.byte() : feed.number<std::uintptr_t>();
  fault.given = feed.number<std::uint64_t>();
  if (feed.flag()) fault.neighbour = any_block(feed);
  fault.damage = any_damage(feed, fault.block);
  return fault;
}

// Keeps the strings that frames point to.
using Strings = std::vector<std::unique_ptr<std::string>>;

const char* any_text(Feed& feed, Strings& strings) {
  const std::uint8_t choice = feed.byte();
  if (choice % 4 == 0) return "";
  if (choice % 4 == 1) return nullptr;
  strings.push_back(std::make_unique<std::string>(feed.text(choice)));
  return strings.back()->c_str();
}

void any_stack(Feed& feed, report::Stack& stack, Strings& strings) {
  stack.depth = feed.flag() ? feed.byte() % 8U : feed.number<std::size_t>();
  for (std::size_t i = 0; i < stack.depth % 8; ++i) {
    report::Frame& frame = stack.frames[i];
    frame.pc = feed.number<std::uintptr_t>();
    frame.module = any_text(feed, strings);
    frame.offset = feed.number<std::uintptr_t>();
    frame.build_id = any_text(feed, strings);
    frame.function = any_text(feed, strings);
    frame.file = any_text(feed, strings);
    frame.line = feed.number<std::uint32_t>();
  }
}

void any_thread(Feed& feed, report::Thread& thread) {
  thread.index = feed.byte();
  thread.system_id = feed.number<std::int32_t>();
  for (char& character : thread.name) character = static_cast<char>(feed.byte());
}

void fill(Feed& feed, report::Report& report, Strings& strings) {
  report.fault = any_fault(feed);
  report.process = feed.number<std::int32_t>();
  any_thread(feed, report.detected_by);
  any_thread(feed, report.allocated_by);
  any_thread(feed, report.freed_by);
  report.number_now = feed.number<std::uint64_t>();
  report.number_last_good = feed.number<std::uint64_t>();
  report.pointee.value = feed.number<std::uintptr_t>();
  if (feed.flag()) report.pointee.block = any_block(feed);
  for (report::Stack* stack : {&report.detected, &report.allocated, &report.freed,
                               &report.neighbour_allocated, &report.pointee_allocated}) {
    any_stack(feed, *stack, strings);
  }
  for (char& character : report.pointer_module) character = static_cast<char>(feed.byte());
  report.other_allocator.whose = any_enum<report::OtherAllocator::Whose>(feed);
  for (char& character : report.other_allocator.module) character = static_cast<char>(feed.byte());
  report.fault.read = any_read_value(feed, report.fault.block);
  report.ending.signal = feed.number<std::int32_t>();
  report.ending.access = any_enum<report::EndingSignal::Access>(feed);
}

// Also of what no enumerator stands for.
void require_names(const core::Fault& fault) {
  for (const char* name : {core::to_string(fault.kind), core::to_string(fault.moment),
                           core::to_string(fault.call), core::to_string(fault.pointer_class),
                           core::to_string(fault.given_origin), core::to_string(fault.block.state)}) {
    require(name != nullptr && *name != '\0', "everything has a name");
  }
}

void require_clean(std::string_view text, bool color) {
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    const bool allowed = byte == '\n' || (color && byte == 0x1B) || (byte >= 0x20 && byte != 0x7F);
    require(allowed, "a report cannot drive a terminal", {{"byte", byte}});
  }
}

// Into a buffer of its own on the heap, so that a write past its end is seen.
template <typename Render>
std::string rendered(std::size_t capacity, Render render) {
  std::vector<char> buffer(capacity);
  TextWriter out(buffer);
  render(out);
  return std::string(out.view());
}

// A report of faults, and of a leak whose stacks are the same.
std::string rendered(const report::Renderer& form, const report::Report& report, std::size_t capacity) {
  return rendered(capacity, [&](TextWriter& out) {
    form.begin(report.fault, report.process, out);
    form.write_head(report, out);
    form.write_tail(report, out);
  });
}

void require_json(const report::Report& report) {
  const report::JsonRenderer form;
  const std::string line = rendered(form, report, report::kReportCapacity);
  require_clean(line, false);
  require(line.find('\n') == line.size() - 1, "a report is one line");
  require(nlohmann::json::accept(line), "a report is JSON");
  const report::LeakGroup group = {.bytes = report.fault.given};
  const std::string leak = rendered(report::kReportCapacity, [&](TextWriter& out) {
    form.write_leak(group, report.allocated, report.process, out);
  });
  require(nlohmann::json::accept(leak), "a leak is JSON");
}

void require_asan(const report::Report& report, std::size_t capacity) {
  const report::AsanRenderer form(report::Style{.dedup_token_length = 3});
  const std::string text = rendered(form, report, report::kReportCapacity);
  require_clean(text, false);
  require(text.ends_with("==ABORTING\n"), "a report ends with its last line");
  const std::string small = rendered(form, report, capacity);
  require(capacity < 4096 || small.ends_with("==ABORTING\n"), "the last line is not lost");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Feed feed(data, size);
  const bool color = feed.flag();
  const std::size_t capacity = feed.number<std::uint16_t>();
  static report::Report report;  // larger than a stack likes
  report = report::Report{};
  Strings strings;
  fill(feed, report, strings);
  require_names(report.fault);

  fuzz::Operations::add();
  report.diagnosis = report::diagnose(report);
  require(report.diagnosis == report::diagnose(report), "a report is judged by what it holds alone");
  static_cast<void>(report::pointer_candidate(report.fault));
  const report::TextRenderer renderer(report::Style{.color = color});
  const auto write = [&](TextWriter& out) {
    renderer.begin(report.fault, report.process, out);
    renderer.write_head(report, out);
    renderer.write_tail(report, out);
  };
  const std::string whole = rendered(report::kReportCapacity, write);
  require_clean(whole, color);
  require(!whole.empty() && whole.back() == '\n', "a report ends with a line");

  const std::string small = rendered(capacity, write);
  const std::size_t last_line = whole.rfind('\n', whole.size() - 2) + 1;
  require(capacity < 256 || small.ends_with(whole.substr(last_line)), "the last line is not lost",
          {{"capacity", capacity}});
  require_clean(rendered(capacity, [&](TextWriter& out) { renderer.describe(report, out); }), color);
  require_json(report);
  require_asan(report, capacity);
  static_cast<void>(rendered(report::JsonRenderer(), report, capacity));
  return 0;
}
