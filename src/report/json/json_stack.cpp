// Stacks, frames and threads as JSON.
#include <algorithm>

#include "report/culprit.h"
#include "report/json/json_parts.h"
#include "report/text/summary.h"

namespace padlock::report {
namespace {

constexpr std::size_t kFrameRoom = 4 * (kLongestJsonText + 8) + 400;  // more than any frame
constexpr std::size_t kEndRoom = 400;                                 // what closes a report

void json_text_if(std::string_view name, const char* text, JsonWriter& out) {
  if (!Frame::text_of(text).empty()) out.text(name, Frame::text_of(text));
}

void json_place_of(const Frame& frame, JsonWriter& out) {
  json_text_if("function", frame.function, out);
  if (frame.own_entry) return out.flag("own_entry", true);
  json_text_if("file", frame.file, out);
  if (frame.line != 0) out.number("line", frame.line);
  json_text_if("module", frame.module, out);
  if (!Frame::text_of(frame.module).empty()) out.address("offset", frame.offset);
  json_text_if("build_id", frame.build_id, out);
}

void json_frame(const Frame& frame, JsonWriter& out) {
  out.open_object();
  out.address("pc", frame.pc);
  json_place_of(frame, out);
  out.flag("inlined", frame.inlined);
  if (frame.unloaded) out.flag("unloaded", true);
  out.close_object();
}

void json_thread(const Thread& thread, JsonWriter& out) {
  if (thread.index == 0 && thread.system_id == 0) return;
  out.open_object("thread");
  if (thread.index != 0) out.number("index", thread.index);
  if (thread.system_id != 0) out.signed_number("system_id", thread.system_id);
  if (!bounded(thread.name).empty()) out.text("name", bounded(thread.name));
  if (thread.of_parent) out.flag("of_parent", true);
  out.close_object();
}

}  // namespace

void json_culprit(std::string_view kind, std::string_view role, const Stack& stack,
                  JsonWriter& out) noexcept {
  out.key("hash").append('"').hex(stack_hash(kind, stack), 16).append('"');
  const Frame* const frame = own_frame_of(stack);
  char buffer[kSummaryRoom];
  TextWriter summary(buffer);
  summary.append(kind);
  if (frame != nullptr) summary_place(*frame, summary);
  out.text("summary", summary.view());
  if (frame == nullptr) return;
  out.open_object("culprit");
  out.text("role", role);
  json_place_of(*frame, out);
  out.close_object();
}

void json_stack(std::string_view role, const Thread* thread, const Stack& stack, JsonWriter& out) noexcept {
  out.open_object();
  out.text("role", role);
  if (thread != nullptr) json_thread(*thread, out);
  out.open_list("frames");
  const Frame* frame = stack.begin();
  for (; frame != stack.end() && out.room() > kFrameRoom + kEndRoom; ++frame) json_frame(*frame, out);
  out.close_list();
  if (frame != stack.end()) out.number("frames_omitted", static_cast<std::uint64_t>(stack.end() - frame));
  out.close_object();
}

}  // namespace padlock::report
