// The order of a report's members.
#include "report/json/json_renderer.h"

#include "report/culprit.h"
#include "report/json/json_parts.h"
#include "report/names.h"
#include "report/text/phrases.h"
#include "report/text/words.h"

namespace padlock::report {
namespace {

constexpr std::size_t kWordsRoom = 640;  // bytes of one sentence

void json_headline(const core::Fault& fault, JsonWriter& out) {
  char buffer[kWordsRoom];
  TextWriter words(buffer);
  headline(fault, words);
  out.text("headline", words.view());
}

// What is concluded, each by its name and in words.
template <typename Item, typename IdOf>
void json_words(std::string_view name, const Report& report, const Item* begin, const Item* end, IdOf id_of,
                JsonWriter& out) {
  if (begin == end) return;
  out.open_list(name);
  for (const Item* item = begin; item != end; ++item) {
    char buffer[kWordsRoom];
    TextWriter words(buffer);
    say(*item, report, words);
    out.open_object();
    out.text("id", name_of(id_of(*item)));
    out.text("words", words.view());
    out.close_object();
  }
  out.close_list();
}

void json_suspect(const Suspect& suspect, JsonWriter& out) {
  if (suspect.proof == Suspect::Proof::kNone) return;
  out.open_object("suspect");
  out.text("proof", name_of(suspect.proof));
  out.address("writer", suspect.writer.user);
  out.address("hit", suspect.hit.user);
  out.close_object();
}

void json_since(const Report& report, JsonWriter& out) {
  const Since& since = report.diagnosis.since;
  if (since.what == Since::What::kNotDamage) return;
  out.open_object("written_since");
  out.text("what", name_of(since.what));
  if (since.number != 0) out.number("allocation", since.number);
  if (report.number_now != 0) out.number("allocations_now", report.number_now);
  out.close_object();
}

}  // namespace

void JsonRenderer::begin(const core::Fault& fault, std::int32_t process, TextWriter& out) const noexcept {
  JsonWriter json(out);
  json_begin(core::to_string(fault.kind), process, json);
  json_headline(fault, json);
  json.text("moment", core::to_string(fault.moment));
}

// Members that every report has, and the block.
void JsonRenderer::write_alone(const core::Fault& fault, std::int32_t process,
                               TextWriter& out) const noexcept {
  static constexpr Stack kUnknown;
  begin(fault, process, out);
  JsonWriter json(out);
  json_block("block", fault.block, json);
  json_culprit(core::to_string(fault.kind), "", kUnknown, json);
  json.open_list("stacks");
  json.close_list();
  json.close_object();
  json.end_line();
}

void JsonRenderer::write_head(const Report& report, TextWriter& out) const noexcept {
  const core::Fault& fault = report.fault;
  JsonWriter json(out);
  json_block("block", fault.block, json);
  json_block("neighbour", fault.neighbour, json);
  json_place(report, json);
  json_corruption(fault, json);
  json_access(fault, json);
  json_value(fault, json);
  json_ending(report.ending, json);
}

// Findings, too: names of frames are there only now, and advice depends on them.
void JsonRenderer::write_tail(const Report& report, TextWriter& out) const noexcept {
  const Diagnosis& diagnosis = report.diagnosis;
  JsonWriter json(out);
  json_words(
      "diagnosis", report, diagnosis.findings.begin(), diagnosis.findings.end(),
      [](const Finding& finding) { return finding.id; }, json);
  json_suspect(diagnosis.suspect, json);
  json_since(report, json);
  json_words(
      "advice", report, diagnosis.advice.begin(), diagnosis.advice.end(),
      [](Advice advice) { return advice; }, json);
  const StackRole culprit = culprit_of(report);
  json_culprit(core::to_string(report.fault.kind), name_of(culprit), stack_of(report, culprit), json);
  json.open_list("stacks");
  for (const StackRole role : diagnosis.stacks)
    json_stack(name_of(role), thread_of(report, role), stack_of(report, role), json);
  json.close_list();
  json.close_object();
  json.end_line();
}

void JsonRenderer::begin_leaks(const LeakTotals& /*totals*/, std::int32_t /*process*/,
                               TextWriter& /*out*/) const noexcept {}

void JsonRenderer::write_leak(const LeakGroup& group, const Stack& allocated, std::int32_t process,
                              TextWriter& out) const noexcept {
  char buffer[kWordsRoom];
  TextWriter words(buffer);
  words.counted(group.bytes, "byte").append(" in ").counted(group.blocks, "block");
  words.append(group.direct ? " never freed and no longer reachable" : " that only leaked blocks point to");
  JsonWriter json(out);
  json_begin("leak", process, json);
  json.text("headline", words.view());
  json.open_object("leak");
  json.flag("direct", group.direct);
  json.number("bytes", group.bytes);
  json.number("blocks", group.blocks);
  json.close_object();
  json_culprit("leak", name_of(StackRole::kAllocated), allocated, json);
  json.open_list("stacks");
  json_stack(name_of(StackRole::kAllocated), nullptr, allocated, json);
  json.close_list();
  json.close_object();
  json.end_line();
}

void JsonRenderer::end_leaks(const LeakTotals& /*totals*/, const Stack& /*first*/, std::int32_t /*process*/,
                             TextWriter& /*out*/) const noexcept {}

}  // namespace padlock::report
