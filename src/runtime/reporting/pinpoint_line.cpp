// "kind=heap-buffer-overflow process=4242 late=1 read=0 site=9f.. ordinal=3 size=24 offset=24"
#include "runtime/reporting/pinpoint_line.h"

#include "base/text.h"
#include "core/fault_kinds.h"
#include "os/raw_io.h"
#include "runtime/memory/settings.h"
#include "runtime/pinpoint/allocation_log.h"
#include "runtime/pinpoint/call_site.h"

namespace padlock::runtime {

void write_pinpoint_line(const core::Fault& fault) noexcept {
  const char* const path = settings.options.pinpoint_log.value;
  if (*path == '\0') return;
  const core::BlockSnapshot& block = fault.block;
  // The remains of a header are no proof, but a wrong site costs no more than a run that finds nothing there.
  const trace::TraceId trace = block.sealed || block.origin_shown ? block.alloc_trace : 0;
  char buffer[300];
  TextWriter line(buffer);
  line.append("kind=").append(core::to_string(fault.kind));
  line.append(" process=").signed_decimal(os::process_id());
  line.append(" late=").decimal(core::is_found_late(fault) ? 1 : 0);
  line.append(" read=").decimal(fault.accessed.access == core::Access::kRead ? 1 : 0);
  line.append(" site=").hex(call_site_of(trace));
  line.append(" ordinal=").decimal(allocation_log.ordinal_of(block.number, trace));
  line.append(" size=").decimal(block.requested);
  line.append(" offset=").signed_decimal(fault.damage.offset).append('\n');
  const int file = os::open_for_append(path);
  if (file < 0) return;
  os::write_all(file, line.view());
  os::close_fd(file);
}

}  // namespace padlock::runtime
