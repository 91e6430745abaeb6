// Whose write it was, when a block's header was overwritten.
#include "report/findings.h"
#include "report/words.h"

namespace padlock::report {
namespace {

void name_block(TextWriter& line, const core::BlockSnapshot& block) {
  line.append("block ").address(block.user);
  if (!block.sealed) return;
  line.append(" (");
  bytes_words(line, block.requested);
  line.append(", allocation #").decimal(block.number).append(')');
}

// The padding between the two is intact, so nothing proves which block was written through.
void only_suspected(const core::BlockSnapshot& before, const core::BlockSnapshot& hit, TextWriter line) {
  line.append("the header of ");
  name_block(line, hit);
  line.append(" was overwritten. Before it lies ");
  name_block(line, before);
  line.append(
      ", which looks intact, its padding too: only a suspect, for a write that jumped over its padding.");
}

}  // namespace

void name_suspect(const Report& report, LineList& suspect) noexcept {
  const core::Fault& fault = report.fault;
  const core::BlockSnapshot& other = fault.neighbour;
  if (!other.present() || is_trapped(fault)) return;
  if (fault.kind == core::FaultKind::kMetadataCorruption) {
    if (other.user < fault.block.user) only_suspected(other, fault.block, suspect.add());
    return;
  }
  if (fault.kind != core::FaultKind::kHeapBufferOverflow) return;
  if (fault.damage.present() && fault.damage.address >= other.header) {
    return only_suspected(fault.block, other, suspect.add());
  }
  TextWriter line = suspect.add();
  name_block(line, fault.block);
  line.append(" overran into ");
  name_block(line, other);
  line.append(": the header of the latter was overwritten. Look at who writes to the former.");
}

}  // namespace padlock::report
