// A program as lines of text, and as a C++ test.
#include "program/program.h"

namespace padlock::fuzz {

std::string to_text(const Op& op) {
  const OpSpec& spec = spec_of(op.kind);
  std::string text = spec.name;
  for (std::size_t i = 0; i < kOperands; ++i) {
    if (spec.operands[i] == Operand::kUnused) continue;
    text += ' ';
    text += name_of(spec.operands[i]);
    text += '=';
    text += std::to_string(op.operand(i));
  }
  return text;
}

std::string to_text(const Program& program) {
  const Setup& setup = program.setup;
  std::string text =
      "heap key=" + std::to_string(setup.key) + " seed=" + std::to_string(setup.seed) +
      " quarantine_bytes=" + std::to_string(setup.max_quarantine_bytes()) +
      " quarantine_slots=" + std::to_string(setup.slot_count()) +
      " pending_bytes=" + std::to_string(setup.max_pending_bytes()) +
      " batch=" + std::to_string(setup.batch()) + " region=" + std::to_string(setup.first_region_bytes()) +
      " grows=" + (setup.grows() ? "yes" : "no") + " locator=" + (setup.has_locator() ? "yes" : "no") +
      " first_number=" + std::to_string(setup.first_number()) + "\n";
  for (const Op& op : program.ops) text += to_text(op) + "\n";
  return text;
}

std::string enumerator(const char* name) {
  std::string text = "k";
  bool begins = true;
  for (const char* c = name; *c != '\0'; ++c) {
    if (*c != '_') text += begins ? static_cast<char>(*c - 'a' + 'A') : *c;
    begins = *c == '_';
  }
  return text;
}

std::string to_test(const Program& program) {
  const Setup& setup = program.setup;
  std::string text = "TEST(CachedPrograms, unnamed) {\n  play({\n      .setup = {";
  for (const int field : {setup.key, setup.seed, setup.quarantine_bytes, setup.quarantine_slots,
                          setup.pending_bytes, setup.coalesce_batch, setup.first_region}) {
    text += std::to_string(field) + ", ";
  }
  text += std::to_string(setup.flags) + "},\n      .ops = {\n";
  for (const Op& op : program.ops) {
    text += "          {OpKind::" + enumerator(spec_of(op.kind).name);
    for (std::size_t i = 0; i < kOperands; ++i) text += ", " + std::to_string(op.operand(i));
    text += "},\n";
  }
  return text + "      },\n  });\n}\n";
}

}  // namespace padlock::fuzz
