// Puts arguments into the words of findings.def and advice.def.
#include "report/text/phrases.h"

#include <algorithm>

#include "report/fault_parts.h"
#include "report/text/words.h"

namespace padlock::report {
namespace {

struct Row {
  FindingId id;
  Phrase phrase;
};

constexpr Row kFindings[] = {
#define PADLOCK_FINDING(id, name, words) {FindingId::id, {words, false}},
#define PADLOCK_FINDING_MORE(id, name, words) {FindingId::id, {words, true}},
#include "report/findings.def"
};

struct AdviceRow {
  Advice id;
  Phrase phrase;
};

constexpr AdviceRow kAdvice[] = {
#define PADLOCK_ADVICE(id, name, words) {Advice::id, {words, false}},
#include "report/advice.def"
};

// "0x41 ('A')"
void fill_words(TextWriter& out, std::uint64_t value) {
  const auto byte = static_cast<std::uint8_t>(value);
  out.append("0x").hex(byte, 2);
  if (!is_printable(byte)) return;
  out.append(" (");
  quoted(out, Excerpt::of({&byte, 1}));
  out.append(')');
}

// "'A'", "0x80"
void byte_words(TextWriter& out, std::uint64_t value) {
  const auto byte = static_cast<std::uint8_t>(value);
  if (is_printable(byte)) return quoted(out, Excerpt::of({&byte, 1}));
  out.append("0x").hex(byte, 2);
}

void pointee_words(TextWriter& out, const Report& report) {
  const core::BlockSnapshot& block = report.pointee.block;
  out.address(report.pointee.value).append(", which looks like a pointer ");
  if (block.user == report.fault.block.user) {
    out.append("into this very block");
  } else {
    out.append("to ");
    block_words(out, block);
    out.append(" at ").address(block.user);
  }
  out.append(" (offset ").signed_decimal(static_cast<std::int64_t>(report.pointee.value - block.user));
  if (block.sealed) {
    out.append(", ").append(state_name(block.state)).append(", allocation #").decimal(block.number);
  }
  out.append(')');
}

struct Source {
  const Finding& finding;
  const Report& report;
};

struct Argument {
  std::string_view name;
  void (*write)(TextWriter& out, const Source& from);
};

constexpr Argument kArguments[] = {
    // Of the finding.
    {"size", [](TextWriter& out, const Source& from) { out.decimal(from.finding.size); }},
    {"bytes", [](TextWriter& out, const Source& from) { bytes_words(out, from.finding.size); }},
    {"count", [](TextWriter& out, const Source& from) { out.decimal(from.finding.count); }},
    {"index", [](TextWriter& out, const Source& from) { out.decimal(from.finding.index); }},
    {"value", [](TextWriter& out, const Source& from) { out.decimal(from.finding.value); }},
    {"value_hex", [](TextWriter& out, const Source& from) { out.address(from.finding.value); }},
    {"byte", [](TextWriter& out, const Source& from) { byte_words(out, from.finding.value); }},
    {"fill", [](TextWriter& out, const Source& from) { fill_words(out, from.finding.value); }},
    {"offset", [](TextWriter& out, const Source& from) { out.signed_decimal(from.finding.offset); }},
    {"signed", [](TextWriter& out, const Source& from) { out.signed_decimal(from.finding.offset); }},
    {"text", [](TextWriter& out, const Source& from) { quoted(out, from.finding.text); }},
    // Of the report.
    {"number", [](TextWriter& out, const Source& from) { out.decimal(from.report.fault.block.number); }},
    {"damage", [](TextWriter& out, const Source& from) { out.address(from.report.fault.damage.address); }},
    {"user", [](TextWriter& out, const Source& from) { out.address(from.report.fault.block.user); }},
    {"alignment",  // the braces are C++'s
     [](TextWriter& out, const Source& from) {
       out.append('{').decimal(from.report.fault.block.alignment).append('}');
     }},
    {"signed_size",
     [](TextWriter& out, const Source& from) {
       out.signed_decimal(static_cast<std::int64_t>(from.report.fault.given));
     }},
    {"origin",
     [](TextWriter& out, const Source& from) { out.append(origin_name(from.report.fault.block.origin)); }},
    {"releaser",
     [](TextWriter& out, const Source& from) { out.append(releaser_name(from.report.fault.block.origin)); }},
    {"resize",
     [](TextWriter& out, const Source& from) { out.append(resize_name(from.report.freed_by_call)); }},
    {"call", [](TextWriter& out, const Source& from) { out.append(call_name(from.report.fault)); }},
    {"pointee", [](TextWriter& out, const Source& from) { pointee_words(out, from.report); }},
    {"allocator",
     [](TextWriter& out, const Source& from) { out.printable(bounded(from.report.other_allocator.module)); }},
    {"allocating_module",
     [](TextWriter& out, const Source& from) { out.printable(bounded(from.report.allocating_module)); }},
    {"releasing_module",
     [](TextWriter& out, const Source& from) { out.printable(bounded(from.report.releasing_module)); }},
};

// Cuts what comes before the next argument off `words`, and the argument's name; null if there is none.
constexpr const Argument* next_argument(std::string_view& words, std::string_view& before) {
  const std::size_t brace = words.find('{');
  before = words.substr(0, brace);
  words.remove_prefix(std::min(words.size(), before.size() + 1));
  if (brace == std::string_view::npos) return nullptr;
  const std::string_view name = words.substr(0, words.find('}'));
  const auto* const argument = std::ranges::find(kArguments, name, &Argument::name);
  if (argument == std::end(kArguments)) return nullptr;
  words.remove_prefix(name.size() + 1);
  return argument;
}

template <typename Rows>
consteval bool are_arguments_known(const Rows& rows) {
  for (const auto& row : rows) {
    std::string_view words = row.phrase.words;
    std::string_view before;
    while (next_argument(words, before) != nullptr) {
    }
    if (!words.empty()) return false;
  }
  return true;
}
static_assert(are_arguments_known(kFindings) && are_arguments_known(kAdvice),
              "an argument in braces is not in kArguments");

// "1 bytes" cannot be said: numbers of bytes have an argument of their own.
static_assert(std::ranges::none_of(kFindings,
                                   [](const Row& row) {
                                     return row.phrase.words.find("} byte") != std::string_view::npos;
                                   }),
              "findings.def: write {bytes}");

}  // namespace

Phrase phrase_of(FindingId id) noexcept {
  const auto* const row = std::ranges::find(kFindings, id, &Row::id);
  return row == std::end(kFindings) ? Phrase{} : row->phrase;
}

Phrase phrase_of(Advice advice) noexcept {
  const auto* const row = std::ranges::find(kAdvice, advice, &AdviceRow::id);
  return row == std::end(kAdvice) ? Phrase{} : row->phrase;
}

namespace {

void say(std::string_view words, const Source& source, TextWriter& out) {
  std::string_view before;
  while (const Argument* const argument = next_argument(words, before)) {
    out.append(before);
    argument->write(out, source);
  }
  out.append(before);
}

}  // namespace

void say(const Finding& finding, const Report& report, TextWriter& out) noexcept {
  say(phrase_of(finding.id).words, {finding, report}, out);
}

void say(Advice advice, const Report& report, TextWriter& out) noexcept {
  say(phrase_of(advice).words, {{}, report}, out);
}

}  // namespace padlock::report
