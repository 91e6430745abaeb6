// The sections that conclude: findings, suspect, advice.
#include "report/text/phrases.h"
#include "report/text/sections.h"
#include "report/text/words.h"
#include "report/text/wrap.h"

namespace padlock::report {
namespace {

constexpr std::size_t kItemRoom = 640;  // bytes of one item before it is wrapped

void print_title(std::string_view title, Painter& out) {
  out.text().append('\n');
  out.heading(title);
  out.text().append('\n');
}

void print_item(std::string_view words, Painter& out) {
  out.text().append("  - ");
  print_wrapped(out.text(), words, 4, 4);
}

void name_block(TextWriter& line, const core::BlockSnapshot& block) {
  line.append("block ").address(block.user);
  if (!block.sealed) return;
  line.append(" (");
  bytes_words(line, block.requested);
  line.append(", allocation #").decimal(block.number).append(')');
}

}  // namespace

void print_findings(const Report& report, Painter& out) noexcept {
  const Findings& findings = report.diagnosis.findings;
  if (findings.empty()) return;
  print_title("Diagnosis:", out);
  for (const Finding* finding = findings.begin(); finding != findings.end();) {
    char buffer[kItemRoom];
    TextWriter item(buffer);
    say(*finding, report, item);
    while (++finding != findings.end() && phrase_of(finding->id).more) {
      say(*finding, report, item.append(' '));
    }
    print_item(item.view(), out);
  }
}

void print_suspect(const Report& report, Painter& out) noexcept {
  constexpr std::string_view kTitle = "Suspect: ";
  const Suspect& suspect = report.diagnosis.suspect;
  char buffer[kItemRoom];
  TextWriter line(buffer);
  switch (suspect.proof) {
    case Suspect::Proof::kNone:
      return;
    case Suspect::Proof::kOverran:
      name_block(line, suspect.writer);
      line.append(" overran into ");
      name_block(line, suspect.hit);
      line.append(": the header of block ").address(suspect.hit.user);
      line.append(" was overwritten. Look for writes to block ").address(suspect.writer.user).append('.');
      break;
    case Suspect::Proof::kNearby:
      line.append("the header of ");
      name_block(line, suspect.hit);
      line.append(" was overwritten. Before it lies ");
      name_block(line, suspect.writer);
      line.append(
          ", which looks intact, its padding too: only a suspect, for a write that jumped over its padding.");
      break;
  }
  out.text().append('\n');
  out.heading(kTitle);
  print_wrapped(out.text(), line.view(), kTitle.size(), kTitle.size());
}

void print_advice(const Report& report, Painter& out) noexcept {
  const AdviceList& list = report.diagnosis.advice;
  if (list.empty()) return;
  print_title("What to do next:", out);
  for (const Advice advice : list) {
    char buffer[kItemRoom];
    TextWriter item(buffer);
    say(advice, report, item);
    print_item(item.view(), out);
  }
}

}  // namespace padlock::report
